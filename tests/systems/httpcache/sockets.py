"""Both ends of the wire, in bytes: an origin that says what it is told to, and clients that send anything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

Answers = Callable[[str], Awaitable[bytes | None]]


class Origin:
    """An origin on a port of its own. What it is asked is kept as it came."""

    def __init__(self, answers: Answers) -> None:
        """`answers` gives all the bytes of the answer to a head; None to hang up."""
        self.port = 0
        self.heads: list[str] = []
        self.bodies: list[bytes] = []
        self.connections = 0
        self._answers = answers

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                self.heads.append(head)
                length = next(
                    (
                        int(line[16:])
                        for line in head.lower().split("\r\n")
                        if line[:16] == "content-length: "
                    ),
                    0,
                )
                self.bodies.append(await reader.readexactly(length))
                answer = await self._answers(head)
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()

    def said(self, head: int) -> dict[str, str]:
        """The fields of a head that it was sent."""
        lines = self.heads[head].strip().split("\r\n")[1:]
        return dict(line.lower().split(": ", 1) for line in lines)


@asynccontextmanager
async def origin_of(answers: Answers) -> AsyncIterator[Origin]:
    origin = Origin(answers)
    server = await asyncio.start_server(origin.serve, "127.0.0.1", 0)
    origin.port = server.sockets[0].getsockname()[1]
    async with server:
        yield origin


class Reply:
    """One answer, taken apart."""

    def __init__(self, data: bytes) -> None:
        head, _, body = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split()[1]) if data else 0
        self.fields = dict(line.split(": ", 1) for line in lines[1:])
        self.body = body.decode()

    @property
    def told(self) -> str:
        """What the cache says of itself."""
        return self.fields.get("cache-status", "")


async def exchanged(port: int, data: bytes) -> bytes:
    """All that comes back for some bytes, until the other side closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    await writer.drain()
    try:
        async with asyncio.timeout(10):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.transport.abort()


async def ask(port: int, target: str, *lines: str, method: str = "GET", body: bytes | None = None) -> Reply:
    """One request on a connection of its own."""
    sent = ["Host: a.example", "Connection: close", *lines]
    if body is not None:
        sent.append(f"Content-Length: {len(body)}")
    head = "\r\n".join([f"{method} {target} HTTP/1.1", *sent, "", ""])
    return Reply(await exchanged(port, head.encode("latin-1") + (body or b"")))
