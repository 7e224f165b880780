"""What a client may conclude: answered, sent and not answered, never sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from backstay.proving.process import free_port
from backstay.proving.wire import Answer, Connection, NoAnswerError, NotSentError


@asynccontextmanager
async def serving(*answers: bytes, requests: list[bytes] | None = None) -> AsyncIterator[Connection]:
    """A server that answers each request of a connection with the next of these bytes; None left: closes."""
    waiting = list(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while waiting:
                head = await reader.readuntil(b"\r\n\r\n")
                if requests is not None:
                    requests.append(head)
                writer.write(waiting.pop(0))
                await writer.drain()
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    connection = Connection("127.0.0.1", server.sockets[0].getsockname()[1])
    yield connection
    connection.close()
    server.close()


async def get(connection: Connection, method: str = "GET") -> Answer:
    return await connection.exchange(method, "/x", {}, b"", 2.0)


@pytest.mark.parametrize(
    ("method", "raw", "answer"),
    [
        ("GET", b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nETag: "1"\r\n\r\nhi', (200, b"hi")),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n", (204, b"")),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", (304, b"")),
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", (200, b"")),
        ("GET", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 \r\nContent-Length: 0\r\n\r\n", (201, b"")),
        (
            "GET",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhi\r\nA\r\n0123456789\r\n0\r\nT: 1\r\n\r\n",
            (200, b"hi0123456789"),
        ),
    ],
)
async def test_a_whole_answer_is_read_and_the_connection_kept(method: str, raw: bytes, answer: Any) -> None:
    second = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond"
    async with serving(raw, second) as connection:
        first = await get(connection, method)
        assert (first.status, first.body) == answer
        assert (await get(connection)).body == b"second"


async def test_header_names_come_in_lower_case() -> None:
    async with serving(b'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: "1"\r\n\r\n') as connection:
        assert (await get(connection)).headers == {"content-length": "0", "etag": '"1"'}


async def test_an_answer_without_length_ends_with_the_connection() -> None:
    async with serving(b"HTTP/1.1 200 OK\r\n\r\nall of it") as connection:
        assert (await get(connection)).body == b"all of it"


async def test_the_request_as_sent() -> None:
    requests: list[bytes] = []
    async with serving(b"HTTP/1.1 204 \r\n\r\n", requests=requests) as connection:
        await connection.exchange("POST", "/x?y=1", {"Accept": "application/json"}, b"{}", 2.0)
        assert requests == [
            f"POST /x?y=1 HTTP/1.1\r\nHost: 127.0.0.1:{connection.port}\r\n"
            "Accept: application/json\r\nContent-Length: 2\r\n\r\n".encode()
        ]


async def test_nobody_listening_means_never_sent() -> None:
    with pytest.raises(NotSentError, match="could not connect: ConnectionRefusedError"):
        await get(Connection("127.0.0.1", free_port()))


@pytest.mark.parametrize(
    "part",
    [
        b"",
        b"HTTP/1.1 2",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhal",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal",
        b"nonsense\r\n\r\n",
    ],
)
async def test_an_answer_cut_short_means_unknown(part: bytes) -> None:
    async with serving(part) as connection:
        with pytest.raises(NoAnswerError, match="connection lost before the answer"):
            await get(connection)


async def test_silence_means_unknown_after_the_timeout() -> None:
    async def keep_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read()
        finally:
            writer.close()

    server = await asyncio.start_server(keep_silent, "127.0.0.1", 0)
    connection = Connection("127.0.0.1", server.sockets[0].getsockname()[1])
    with pytest.raises(NoAnswerError, match=r"no answer within 0\.05 s"):
        await connection.exchange("GET", "/", {}, b"", 0.05)
    server.close()


async def test_a_connection_that_the_server_ends_is_opened_anew() -> None:
    closing = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    fresh = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfresh"
    async with serving(closing, fresh) as connection:
        assert (await get(connection)).body == b""
        assert (await get(connection)).body == b"fresh"
