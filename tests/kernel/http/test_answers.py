"""What answers carry: entity tags, caching, compression."""

from __future__ import annotations

import gzip
from uuid import UUID

import httpx
import pytest

from backstay.kernel.http.conditional import not_modified
from backstay.kernel.http.finishing import accepts_gzip
from tests.kernel.http.conftest import AS_ADA, Harness

BOOK = {"title": "Middlemarch", "pages": 880}


async def created(app: Harness) -> httpx.Response:
    answer = await app.client.post("/v1/books", json=BOOK, headers=AS_ADA)
    assert answer.status_code == 201
    app.records.clear()
    return answer


class TestVersionsOfThings:
    async def test_what_has_a_version_has_a_tag(self, app: Harness) -> None:
        answer = await created(app)
        assert answer.headers["etag"] == '"1"'
        assert answer.headers["location"] == f"/v1/books/{answer.json()['id']}"
        read = await app.client.get(answer.headers["location"], headers=AS_ADA)
        assert (read.headers["etag"], read.json()) == ('"1"', answer.json())

    async def test_the_same_version_is_not_sent_again(self, app: Harness) -> None:
        path = (await created(app)).headers["location"]
        again = await app.client.get(path, headers={"if-none-match": 'W/"0", "1"', **AS_ADA})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", '"1"')
        assert "content-length" not in again.headers
        assert "content-type" not in again.headers
        changed = await app.client.get(path, headers={"if-none-match": '"2"', **AS_ADA})
        assert changed.status_code == 200

    async def test_a_change_names_the_version_it_saw(self, app: Harness) -> None:
        path = (await created(app)).headers["location"]
        for tag, status, code in [
            (None, 428, "precondition_required"),
            ("1", 400, "bad_request"),
            ('"1", "2"', 400, "bad_request"),
            ("*", 400, "bad_request"),
            ('W/"1"', 412, "precondition_failed"),
            ('"abc"', 412, "precondition_failed"),
            ('"7"', 412, "precondition_failed"),
        ]:
            headers = AS_ADA if tag is None else {"if-match": tag, **AS_ADA}
            refused = await app.client.patch(path, json={"title": "x"}, headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (status, code), tag
        for tag, version in (('"1"', 2), ('"2-gzip"', 3)):
            changed = await app.client.patch(path, json={"title": "x"}, headers={"if-match": tag, **AS_ADA})
            assert (changed.status_code, changed.json()["version"]) == (200, version)
            assert changed.headers["etag"] == f'"{version}"'

    async def test_where_it_is_optional_it_may_be_left_out(self, app: Harness) -> None:
        path = f"/v1/books/{UUID(int=3)}/maybe"
        without = await app.client.put(path, headers=AS_ADA)
        assert without.json()["given"]["version"] is None
        named = await app.client.put(path, headers={"if-match": '"5"', **AS_ADA})
        assert named.json()["given"]["version"] == 5
        wrong = await app.client.put(path, headers={"if-match": "5", **AS_ADA})
        assert wrong.status_code == 400

    async def test_a_thing_that_may_be_absent_has_its_tag_when_it_is_there(self, app: Harness) -> None:
        there = await app.client.get("/odds/perhaps?there=true")
        assert there.headers["etag"] == '"4"'
        absent = await app.client.get("/odds/perhaps")
        assert (absent.content, "etag" in absent.headers) == (b"null", False)

    @pytest.mark.parametrize(
        ("header", "same"),
        [(b"*", True), (b'W/"3"', True), (b'"3-gzip"', True), (b'"4"', False), (b"3", False)],
    )
    def test_if_none_match_compares_weakly(self, header: bytes, same: bool) -> None:
        assert not_modified(b'"3"', header) is same


class TestCaching:
    async def test_answers_are_not_stored_unless_they_have_a_tag(self, app: Harness) -> None:
        path = (await created(app)).headers["location"]
        assert (await app.client.get(path, headers=AS_ADA)).headers["cache-control"] == "private, no-cache"
        assert (await app.client.get("/v1/books", headers=AS_ADA)).headers["cache-control"] == "no-store"
        assert (await app.client.get("/v1/books")).headers["cache-control"] == "no-store"

    async def test_an_address_without_an_id_is_asked_anew(self, app: Harness) -> None:
        """It may be another organization's thing by now, of the same version."""
        path = "/odds/perhaps?there=true"
        answer = await app.client.get(path)
        assert (answer.headers["etag"], answer.headers["cache-control"]) == ('"4"', "no-store")
        for tag in ('"4"', "*"):
            again = await app.client.get(path, headers={"if-none-match": tag})
            assert (again.status_code, again.content) == (200, answer.content)

    async def test_a_handler_may_say_otherwise(self, app: Harness) -> None:
        assert (await app.client.get("/odds/text")).headers["cache-control"] == "max-age=5"


class TestCompression:
    async def test_long_answers_are_compressed_for_those_who_take_it(self, app: Harness) -> None:
        for size in (5000, 200_000):
            async with app.client.stream(
                "GET", f"/odds/long?size={size}", headers={"accept-encoding": "br, gzip"}
            ) as answer:
                raw = b"".join([chunk async for chunk in answer.aiter_raw()])
            assert (answer.headers["content-encoding"], answer.headers["vary"]) == ("gzip", "Accept-Encoding")
            assert int(answer.headers["content-length"]) == len(raw) < size
            assert gzip.decompress(raw) == b'{"given":{"text":"' + b"x" * size + b'"}}'

    @pytest.mark.parametrize("accepted", ["identity", "gzip;q=0", "br"])
    async def test_and_not_for_those_who_do_not(self, app: Harness, accepted: str) -> None:
        answer = await app.client.get("/odds/long", headers={"accept-encoding": accepted})
        assert "content-encoding" not in answer.headers
        assert answer.headers["vary"] == "Accept-Encoding"

    async def test_short_answers_are_left_alone(self, app: Harness) -> None:
        answer = await app.client.get("/odds/long?size=10", headers={"accept-encoding": "gzip"})
        assert ("content-encoding" in answer.headers, "vary" in answer.headers) == (False, False)

    async def test_a_compressed_answer_is_another_representation(self, app: Harness) -> None:
        long = {"title": "x", "pages": 1, "tags": []}
        path = (await app.client.post("/v1/books", json=long, headers=AS_ADA)).headers["location"]
        changed = await app.client.patch(
            path, json={"title": "y" * 3000}, headers={"if-match": '"1"', "accept-encoding": "gzip", **AS_ADA}
        )
        assert changed.headers["etag"] == '"2-gzip"'
        again = await app.client.get(path, headers={"if-none-match": '"2-gzip"', **AS_ADA})
        assert again.status_code == 304

    @pytest.mark.parametrize(
        ("header", "taken"),
        [
            (None, False),
            (b"", False),
            (b"gzip", True),
            (b"GZIP;q=0.5, br", True),
            (b"*", True),
            (b"br, gzip; q=0", False),
            (b"gzipped", False),
        ],
    )
    def test_accept_encoding(self, header: bytes | None, taken: bool) -> None:
        assert accepts_gzip(header) is taken


class TestHeadAndRedirects:
    async def test_head_is_get_without_the_body(self, app: Harness) -> None:
        answer = await app.client.head("/odds/long", headers={"accept-encoding": "identity"})
        assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "5021")
        assert app.record.method == "HEAD"

    async def test_an_answer_without_a_body(self, app: Harness) -> None:
        answer = await app.client.get("/odds/moved")
        assert (answer.status_code, answer.headers["location"]) == (302, "/elsewhere")
        assert (answer.content, answer.headers["content-length"]) == (b"", "0")
        assert "content-type" not in answer.headers
