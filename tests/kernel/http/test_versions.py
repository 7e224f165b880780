"""Two versions of the API live at once."""

from __future__ import annotations

import pytest

from tests.kernel.http.conftest import AS_ADA, Harness

BOOK = {"title": "Middlemarch", "pages": 880}


@pytest.fixture
async def path(app: Harness) -> str:
    answer = await app.client.post("/v1/books", json=BOOK, headers=AS_ADA)
    app.records.clear()
    return str(answer.headers["location"])


async def test_the_older_one_says_so_and_names_its_successor(app: Harness, path: str) -> None:
    old = await app.client.get(path, headers=AS_ADA)
    assert old.headers["deprecation"] == "@1767312000"
    assert old.headers["sunset"] == "Sat, 02 Jan 2027 00:00:00 GMT"
    successor = path.replace("/v1/", "/v2/")
    assert old.headers["link"] == f'<{successor}>; rel="successor-version"'
    new = await app.client.get(successor, headers=AS_ADA)
    assert new.json() == old.json()
    assert not {"deprecation", "sunset", "link"} & set(new.headers)
    # Use can be counted for each version, because the route's template names it.
    assert [record.route for record in app.records] == ["/v1/books/{book_id}", "/v2/books/{book_id}"]


async def test_the_older_one_says_so_on_errors_too(app: Harness) -> None:
    missing = await app.client.get(f"/v1/books/{'0' * 32}", headers=AS_ADA)
    assert (missing.status_code, missing.headers["deprecation"]) == (404, "@1767312000")


@pytest.mark.parametrize(
    "headers",
    [
        {"accept-version": "2"},
        {"accept": "application/json; version=2"},
        {"accept": 'application/json;version="2"'},
    ],
)
async def test_a_header_selects_the_version(app: Harness, path: str, headers: dict[str, str]) -> None:
    answer = await app.client.get(path.removeprefix("/v1"), headers={**headers, **AS_ADA})
    assert answer.status_code == 200
    assert answer.headers["vary"] == "Accept, Accept-Version"
    assert app.record.route == "/v2/books/{book_id}"


async def test_path_and_header_may_agree(app: Harness, path: str) -> None:
    answer = await app.client.get(path, headers={"accept-version": "1", **AS_ADA})
    assert answer.status_code == 200


async def test_path_and_header_must_not_contradict(app: Harness, path: str) -> None:
    answer = await app.client.get(path, headers={"accept-version": "2", **AS_ADA})
    assert (answer.status_code, answer.json()["code"]) == (406, "unknown_version")


async def test_a_version_that_is_not_live(app: Harness, path: str) -> None:
    answer = await app.client.get(path.removeprefix("/v1"), headers={"accept-version": "9", **AS_ADA})
    assert (answer.status_code, answer.json()["supported"]) == (406, ["1", "2"])


async def test_a_route_outside_the_api_has_no_version(app: Harness) -> None:
    answer = await app.client.get("/odds/text", headers={"accept-version": "1"})
    assert answer.status_code == 404


async def test_without_a_version_there_is_nothing(app: Harness, path: str) -> None:
    answer = await app.client.get(path.removeprefix("/v1"), headers=AS_ADA)
    assert answer.status_code == 404
