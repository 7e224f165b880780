"""Server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from backstay.kernel.http import Broadcast, Event, EventStream
from backstay.kernel.observation import Record
from tests.kernel.http import odds
from tests.kernel.http.conftest import Harness


class Listener:
    """A client of one stream, without a socket."""

    def __init__(self, app: Harness, **headers: str) -> None:
        self.received = b""
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.ended = False
        self._left = asyncio.Event()
        self._more = asyncio.Event()
        scope: dict[str, Any] = {
            "type": "http",
            "method": "GET",
            "path": "/odds/news",
            "query_string": b"",
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
            "client": None,
            "scheme": "http",
        }
        self.task = asyncio.create_task(app.app(scope, self._receive, self._send))  # type: ignore[arg-type]  # a bare ASGI client

    async def _receive(self) -> dict[str, Any]:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
        else:
            self.received += message["body"]
            self.ended = not message.get("more_body", False)
        self._more.set()

    def leave(self) -> None:
        self._left.set()

    async def until(self, words: bytes) -> None:
        async with asyncio.timeout(5):
            while words not in self.received:
                self._more.clear()
                await self._more.wait()


@pytest.fixture(autouse=True)
def _fresh_news(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(odds, "news", Broadcast(queue=4, history=4))


async def test_events_reach_every_client(app: Harness) -> None:
    one, two = Listener(app), Listener(app)
    await one.until(b"retry: 2000\n\n")
    await two.until(b"retry: 2000\n\n")
    await asyncio.sleep(0)
    odds.news.publish("book", {"title": "a\nb"})
    for listener in (one, two):
        await listener.until(b'data: {"title":"a\\nb"}\n\n')
        assert (listener.status, listener.headers[b"content-type"]) == (200, b"text/event-stream")
        assert listener.headers[b"cache-control"] == b"no-store"
        assert listener.received.count(b"event: book\nid: ") == 1
        listener.leave()
        await listener.task
    assert odds.news.clients == 0
    assert [(record.abandoned, record.status) for record in app.records] == [(True, 200)] * 2
    assert app.app.streams == set()


async def test_silence_is_filled_with_comments(app: Harness) -> None:
    listener = Listener(app)
    await listener.until(b": still here\n\n: still here\n\n")
    listener.leave()
    await listener.task


async def test_a_drain_ends_streams_at_once(app: Harness) -> None:
    listener = Listener(app)
    await listener.until(b"retry")
    app.app.end_streams()
    async with asyncio.timeout(1):
        await listener.task
    assert listener.ended
    assert app.record.abandoned is False
    late = Listener(app)
    async with asyncio.timeout(1):
        await late.task
    assert late.ended


async def test_a_client_that_comes_back_gets_what_it_missed(app: Harness) -> None:
    for number in range(6):
        odds.news.publish("book", number)
    epoch = odds.news._epoch
    back = Listener(app, last_event_id=f"{epoch}-4")
    await back.until(b"data: 5\n\n")
    assert back.received == (
        f"retry: 2000\n\nevent: book\nid: {epoch}-5\ndata: 4\n\nevent: book\nid: {epoch}-6\ndata: 5\n\n".encode()
    )
    back.leave()
    await back.task


@pytest.mark.parametrize("last", ["{epoch}-1", "{epoch}-9", "{epoch}-x", "other-5"])
async def test_a_client_too_far_behind_is_told_to_read_anew(app: Harness, last: str) -> None:
    for number in range(6):
        odds.news.publish("book", number)
    back = Listener(app, last_event_id=last.format(epoch=odds.news._epoch))
    await back.until(b"event: reset\ndata: {}\n\n")
    assert b"book" not in back.received
    back.leave()
    await back.task


async def test_a_client_that_reads_too_slowly_is_let_go(app: Harness) -> None:
    listener = Listener(app)
    await listener.until(b"retry")
    await asyncio.sleep(0)
    for number in range(10):  # in one go, so that the client has no chance to read
        odds.news.publish("book", number)
    assert odds.news.clients == 0
    async with asyncio.timeout(1):
        await listener.task
    assert listener.ended
    assert listener.received.count(b"event: book") == 4


async def test_a_stream_ends_with_its_source(app: Harness) -> None:
    closed = False

    async def events() -> AsyncIterator[Event]:
        nonlocal closed
        try:
            yield Event("only")
        finally:
            closed = True

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        await asyncio.Event().wait()

    record = Record(method="GET", path="/", request_id="r", trace_id="t", span_id="s")
    await EventStream(events()).send_body(send, receive, record, asyncio.Event())
    assert [message["body"] for message in sent] == [b"retry: 2000\n\n", b'data: "only"\n\n', b""]
    assert closed


async def test_head_of_a_stream(app: Harness) -> None:
    answer = await app.client.head("/odds/news")
    assert (answer.status_code, answer.content) == (200, b"")


async def test_a_stream_that_breaks_is_cut_and_noted(app: Harness, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(RuntimeError, match="broken"):
        await app.client.get("/odds/cut")
    assert app.record.error == "unhandled:RuntimeError"
    assert caplog.messages == ["GET /odds/cut failed unexpectedly"]


def test_a_name_is_one_line() -> None:
    with pytest.raises(ValueError, match="must be one line"):
        Event({}, "a\nb")
    assert Event([1], "n", "i").encode() == b"event: n\nid: i\ndata: [1]\n\n"
