"""Request bodies: media types, JSON, limits."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kernel.http.conftest import AS_ADA, Harness

UNKNOWN = "01983a52-7c3e-7b1a-9f0e-3d9f5a6b7c8d"


class TestBodies:
    @pytest.mark.parametrize(
        "media_type",
        ["text/plain", "application/x-www-form-urlencoded", "", "application/json; charset=latin-1"],
    )
    async def test_another_media_type_is_refused(self, app: Harness, media_type: str) -> None:
        answer = await app.client.post("/odds/echo", content=b"{}", headers={"content-type": media_type})
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")

    async def test_json_may_say_that_it_is_utf_8(self, app: Harness) -> None:
        headers = {"content-type": "application/json; Charset=UTF-8"}
        answer = await app.client.post("/odds/echo", content=b'{"a":1}', headers=headers)
        assert answer.json() == {"given": {"a": 1}}

    @pytest.mark.parametrize(
        ("body", "detail"),
        [
            (b"", "The request needs a JSON body."),
            (b'{"a":', "Input data was truncated."),
            (b"{'a'}", "JSON is malformed: object keys must be strings (byte 1)."),
            (b'{"a": 1e999}', "The JSON holds a number that is out of range."),
            (b'{"a": "\xff"}', "The JSON is not UTF-8."),
        ],
    )
    async def test_what_is_not_json_is_a_bad_request(self, app: Harness, body: bytes, detail: str) -> None:
        headers = {"content-type": "application/json"}
        answer = await app.client.post("/odds/echo", content=body, headers=headers)
        problem = answer.json()
        assert (answer.status_code, problem["code"], problem["detail"]) == (400, "bad_request", detail)

    async def test_json_may_be_nested_only_so_deep(self, app: Harness) -> None:
        deep = b'{"title":' + b"[" * 5000 + b"]" * 5000 + b"}"
        headers = {"content-type": "application/json", **AS_ADA}
        answer = await app.client.post("/v1/books", content=deep, headers=headers)
        assert (answer.status_code, answer.json()["detail"]) == (400, "The JSON is nested too deeply.")

    async def test_the_character_that_no_database_keeps_is_refused(self, app: Harness) -> None:
        answer = await app.client.post("/odds/echo", json={"a": ["x", {"b\0": "\0"}], "c": "\\u0000"})
        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/a/1/b\0", "/a/1/b\0"]

    async def test_a_backslash_before_u0000_is_no_nul(self, app: Harness) -> None:
        answer = await app.client.post("/odds/echo", json={"c": "\\u0000"})
        assert answer.json() == {"given": {"c": "\\u0000"}}

    async def test_an_announced_length_over_the_limit_is_refused_unread(self, app: Harness) -> None:
        async def unread() -> object:
            raise AssertionError("the body was asked for")

        sent: list[dict[str, object]] = []

        async def send(message: dict[str, object]) -> None:
            sent.append(message)

        scope: dict[str, Any] = {
            "type": "http",
            "method": "POST",
            "path": "/odds/raw",
            "query_string": b"",
            "headers": [(b"content-length", b"65")],
            "client": ("127.0.0.1", 1),
            "scheme": "http",
        }
        await app.app(scope, unread, send)  # type: ignore[arg-type]  # a bare ASGI client
        assert sent[0]["status"] == 413
        assert b'"limit":64' in sent[1]["body"]  # type: ignore[operator]  # the body of an answer is bytes

    async def test_a_body_without_a_length_is_cut_off_at_the_limit(self, app: Harness) -> None:
        given = 0

        async def endless() -> object:
            nonlocal given
            given += 1
            return {"type": "http.request", "body": b"x" * 40, "more_body": True}

        sent: list[dict[str, object]] = []

        async def send(message: dict[str, object]) -> None:
            sent.append(message)

        scope: dict[str, Any] = {
            "type": "http",
            "method": "POST",
            "path": "/odds/raw",
            "query_string": b"",
            "headers": [],
            "client": None,
            "scheme": "http",
        }
        await app.app(scope, endless, send)  # type: ignore[arg-type]  # a bare ASGI client
        assert (given, sent[0]["status"]) == (2, 413)

    async def test_the_body_can_be_read_twice(self, app: Harness) -> None:
        answer = await app.client.post("/odds/raw", content=b"x" * 64)
        assert answer.json() == {"given": {"length": 64, "again": 64}}
        assert app.record.request_bytes == 64

    async def test_a_length_that_is_none_is_refused(self, app: Harness) -> None:
        answer = await app.client.post("/odds/raw", content=b"x", headers={"content-length": "-1"})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")

    async def test_a_client_that_leaves_half_way_is_answered_by_nobody(self, app: Harness) -> None:
        async def leave() -> object:
            return {"type": "http.disconnect"}

        async def send(_message: object) -> None:
            raise AssertionError("there is nobody to answer")

        scope: dict[str, Any] = {
            "type": "http",
            "method": "POST",
            "path": "/odds/raw",
            "query_string": b"",
            "headers": [],
            "client": None,
            "scheme": "http",
        }
        await app.app(scope, leave, send)  # type: ignore[arg-type]  # a bare ASGI client
        record = app.record
        assert (record.abandoned, record.status) == (True, None)
