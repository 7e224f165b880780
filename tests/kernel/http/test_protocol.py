"""The server's protocol in this process, over real sockets on loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import pytest

from backstay.kernel.http.serve import protocol as protocol_module
from backstay.kernel.http.serve.listener import listen
from backstay.kernel.http.serve.server import KEEP_ALIVE, Server
from tests.kernel.http import shelf
from tests.kernel.http.conftest import Harness, Opener


class Running:
    """A server in this process."""

    def __init__(self, app: Harness, server: Server, port: int) -> None:
        self.app = app
        self.server = server
        self.port = port

    async def say(self, data: bytes, *, then_end: bool = False) -> bytes:
        """Everything that the server answers until it closes the connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(data)
        if then_end:
            writer.write_eof()
        try:
            async with asyncio.timeout(10):
                return await reader.read()
        finally:
            writer.close()
            await writer.wait_closed()


@pytest.fixture
async def running(open_app: Opener) -> AsyncIterator[Running]:
    async with open_app(shelf.module) as app:
        listener = listen("127.0.0.1", 0)
        server = Server(app.app, listener, shared=False)
        ready = asyncio.Event()
        port = listener.getsockname()[1]
        task = asyncio.create_task(server.run(ready.set))
        await ready.wait()
        try:
            yield Running(app, server, port)
        finally:
            server.stop(hurry=True)
            async with asyncio.timeout(10):
                await task
            listener.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - the condition is the server's, which tells nobody
            await asyncio.sleep(0.01)


def parts(answer: bytes) -> tuple[bytes, dict[bytes, bytes], bytes]:
    head, _, body = answer.partition(b"\r\n\r\n")
    line, *rest = head.split(b"\r\n")
    return line, dict(header.split(b": ", 1) for header in rest), body


async def test_what_is_not_http_is_a_problem(running: Running) -> None:
    line, headers, body = parts(await running.say(b"HELLO\r\n\r\n"))
    assert line == b"HTTP/1.1 400 Bad Request"
    assert headers[b"content-type"] == b"application/problem+json"
    assert headers[b"connection"] == b"close"
    problem = json.loads(body)
    assert (problem["code"], problem["status"]) == ("malformed_request", 400)
    assert problem["instance"].encode() == headers[b"x-request-id"]
    assert running.app.records == []


async def test_headers_without_end_are_refused(running: Running) -> None:
    endless = (
        b"GET / HTTP/1.1\r\nhost: x\r\n" + b"x-filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n" * 20_000
    )
    line, _, body = parts(await running.say(endless))
    assert line.startswith(b"HTTP/1.1 431")
    assert json.loads(body)["code"] == "headers_too_large"


async def test_a_long_body_is_not_mistaken_for_headers(running: Running) -> None:
    request = b"POST /odds/raw HTTP/1.1\r\nhost: x\r\ncontent-length: 200000\r\n\r\n" + b"x" * 200_000
    last = b"GET /nothing HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    line, _, answer = parts(await running.say(request + last))
    assert line.startswith(b"HTTP/1.1 413")
    assert answer.startswith(b'{"type":"/docs/problems#body_too_large"')
    assert b"HTTP/1.1 404 Not Found" in answer  # the body was thrown away and the connection kept


async def test_requests_in_a_row_are_answered_in_order(running: Running) -> None:
    one = b"GET /odds/files/%d HTTP/1.1\r\nhost: x\r\n\r\n"
    last = b"GET /odds/files/3 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    answer = await running.say(one % 1 + one % 2 + last)
    assert [piece.partition(b'"')[0] for piece in answer.split(b'{"path":"/')[1:]] == [b"1", b"2", b"3"]


async def test_headers_that_do_not_come_end_the_connection(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol_module, "HEAD_TIMEOUT", 0.1)
    assert await running.say(b"GET / HTTP/1.1\r\nhost:") == b""
    assert await running.say(b"") == b""


async def test_an_idle_connection_ends_and_a_busy_one_does_not(running: Running) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    busy, busy_writer = await asyncio.open_connection("127.0.0.1", running.port)
    busy_writer.write(b"GET /odds/news HTTP/1.1\r\nhost: x\r\n\r\n")
    await busy.readuntil(b"retry")
    writer.write(b"GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    now = asyncio.get_running_loop().time()
    for connection in running.server.connections:
        connection.close_if_late(now + KEEP_ALIVE - 1)
    assert len(running.server.connections) == 2
    for connection in running.server.connections:
        connection.close_if_late(now + KEEP_ALIVE + 1)
    assert await reader.read() != b""  # the rest of the answer, and then the end
    await until(lambda: len(running.server.connections) == 1)
    assert not busy.at_eof()
    for each in (writer, busy_writer):
        each.close()
        await each.wait_closed()


async def test_a_client_that_leaves_is_noted(running: Running) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    writer.write(b"GET /odds/news HTTP/1.1\r\nhost: x\r\n\r\n")
    await reader.readuntil(b"retry")
    writer.close()
    await writer.wait_closed()
    await until(lambda: bool(running.app.records))
    assert running.app.record.abandoned is True


async def test_a_client_gone_before_the_answer_is_noted(running: Running) -> None:
    started, going = asyncio.Event(), asyncio.Event()
    authenticate = running.app.backend.authenticator.authenticate

    async def slowly(headers: object) -> object:
        started.set()
        await going.wait()
        return await authenticate(headers)  # type: ignore[arg-type]  # handed through

    running.app.backend.authenticator.authenticate = slowly  # type: ignore[method-assign,assignment]  # a slow one
    _, writer = await asyncio.open_connection("127.0.0.1", running.port)
    writer.write(b"GET /v1/books HTTP/1.1\r\nhost: x\r\n\r\n")
    await started.wait()
    writer.close()
    await writer.wait_closed()
    await until(lambda: not running.server.connections)
    going.set()
    await until(lambda: bool(running.app.records))
    record = running.app.record
    assert (record.abandoned, record.status) == (True, 401)


async def test_a_drain_waits_for_what_was_sent_already(running: Running) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    writer.write(b"GET /odds/text HTTP/1.1\r\nhost: x\r\n\r\n")
    assert b"hello" in await reader.readuntil(b"hello")
    running.server.stop()
    running.server.stop()  # the second hurries
    writer.write(b"GET /odds/text HTTP/1.1\r\nhost: x\r\n\r\n")
    async with asyncio.timeout(10):
        answer = await reader.read()
    assert b"connection: close" in answer
    assert answer.endswith(b"hello")
    writer.close()
