"""What is noted of every request, and what is not HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from backstay.kernel.errors import Conflict, Unauthenticated, Unavailable
from backstay.kernel.http.problems import problem_answer
from backstay.kernel.observation import OPEN, Record
from tests.kernel.http.conftest import AS_ADA, Harness


class TestRecords:
    async def test_a_record_tells_what_happened(self, app: Harness) -> None:
        answer = await app.client.get(f"/v1/books/{UUID(int=3)}", headers=AS_ADA)
        record = app.record
        assert (record.method, record.path, record.route) == (
            "GET",
            f"/v1/books/{UUID(int=3)}",
            "/v1/books/{book_id}",
        )
        assert (record.status, record.error) == (404, "not_found")
        assert record.ended_ns > record.started_ns
        assert dict(record.request_headers)[b"authorization"] == b"Bearer ada"
        assert dict(record.response_headers)[b"x-request-id"].decode() == record.request_id
        assert (record.query, record.response_body) == (b"", answer.content)
        assert (record.response_bytes, record.abandoned) == (len(answer.content), False)
        kinds = [(moment.kind, moment.name) for moment in record.moments]
        assert kinds == [("stage", "authenticate"), ("guard", "shelf:read"), ("statement", "http.GET")]

    async def test_a_record_keeps_what_was_read_and_said(self, app: Harness) -> None:
        open_before = OPEN.count
        await app.client.post("/odds/echo?", content=b'{"a":1}', headers={"content-type": "application/json"})
        record = app.record
        assert (record.request_body, record.response_body) == (b'{"a":1}', b'{"given":{"a":1}}')
        assert (record.request_bytes, record.response_bytes) == (7, 17)
        await app.client.get("/odds/everything/abc?count=1", headers={"accept-encoding": "gzip"})
        assert (app.record.query, OPEN.count) == (b"count=1", open_before)

    async def test_an_observer_that_fails_costs_nobody_an_answer(
        self, app: Harness, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(_record: Record) -> None:
            raise RuntimeError("no")

        app.backend.observers.insert(0, fail)
        assert (await app.client.get("/odds/text")).status_code == 200
        assert app.record.status == 200
        assert [entry.message for entry in caplog.records] == ["an observer of requests failed"]

    async def test_a_server_that_cuts_a_request_off_leaves_a_record(self, app: Harness) -> None:
        class Broken(Exception):
            pass

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(_message: object) -> None:
            raise Broken

        scope: dict[str, Any] = {
            "type": "http",
            "method": "GET",
            "path": "/odds/text",
            "query_string": b"",
            "headers": [],
            "client": None,
            "scheme": "http",
        }
        with pytest.raises(Broken):
            await app.app(scope, receive, send)
        assert app.record.abandoned is True


class TestProblemsOfProblems:
    """A problem is always written, whatever an error carries."""

    async def test_members_that_json_cannot_say_become_text(self) -> None:
        record = Record(method="GET", path="/", request_id="r", trace_id="t", span_id="s")
        answer = problem_answer(
            Conflict("Twice.", which={1: UUID(int=1)}, thing=Path("/x"), status=200), record
        )
        assert msgspec.json.decode(answer.body) == {
            "type": "/docs/problems#conflict",
            "title": "This conflicts with the present state",
            "status": 409,
            "code": "conflict",
            "detail": "Twice.",
            "instance": "r",
            "trace_id": "t",
            "which": {"1": str(UUID(int=1))},
            "thing": "/x",
        }

    async def test_headers_that_cannot_be_sent_are_left_out(self, caplog: pytest.LogCaptureFixture) -> None:
        record = Record(method="GET", path="/", request_id="r", trace_id="t", span_id="s")
        error = Unavailable()
        error.headers["retry-after"] = "1\r\nset-cookie: a"
        answer = problem_answer(error, record)
        assert (answer.status, answer.headers) == (503, [])
        assert "an error carried a header that cannot be sent" in caplog.messages

    async def test_an_error_may_name_its_own_challenge(self) -> None:
        record = Record(method="GET", path="/", request_id="r", trace_id="t", span_id="s")
        error = Unauthenticated()
        error.headers["WWW-Authenticate"] = "DPoP"
        assert problem_answer(error, record).headers == [(b"www-authenticate", b"DPoP")]


class TestOtherProtocols:
    async def test_mounted_under_another_application(self, app: Harness) -> None:
        transport = httpx.ASGITransport(app.app, root_path="/backend")
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            assert (await client.get("/backend/odds/text")).text == "hello"
        assert app.record.path == "/odds/text"

    async def test_lifespan_is_answered(self, app: Harness) -> None:
        messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
        sent: list[object] = []

        async def receive() -> dict[str, str]:
            return next(messages)

        async def send(message: object) -> None:
            sent.append(message)

        await app.app({"type": "lifespan"}, receive, send)
        assert sent == [{"type": "lifespan.startup.complete"}, {"type": "lifespan.shutdown.complete"}]
        sent.clear()
        await app.app({"type": "websocket"}, receive, send)
        assert sent == [{"type": "websocket.close", "code": 1000}]
