"""One kept-alive connection that asks and waits: small, so that the load leaves its core to PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

_PATIENCE: Final = 120
"""Seconds; who has not answered by then never will."""


class Reply(Struct, frozen=True):
    """What a server answered."""

    status: int
    headers: dict[str, str]
    """By names in small letters; of several of one name the last."""
    body: bytes

    def json(self) -> Any:
        """The body, decoded."""
        return msgspec.json.decode(self.body)


class Refused(Exception):
    """A server did not do what it was asked for."""

    def __init__(self, what: str, reply: Reply) -> None:
        super().__init__(f"{what} was answered with {reply.status}: {reply.body[:500]!r}")
        self.reply = reply


class Wire:
    """A connection to one server; made with the first request, and anew when the server closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.requests = 0

    async def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send a request with a JSON body and return what was answered."""
        raw = b"" if body is None else msgspec.json.encode(body)
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(raw)}"]
        if body is not None:
            lines.append("Content-Type: application/json")
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        sent = "\r\n".join([*lines, "", ""]).encode() + raw
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 24)
        reader, writer = self._streams
        self.requests += 1
        writer.write(sent)
        async with asyncio.timeout(_PATIENCE):
            reply = await _reply(reader)
        if reply.headers.get("connection", "").lower() == "close":
            self.close()
        return reply

    async def get(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Any:
        """What was answered, decoded.

        Raises:
            Refused: it was not a 2xx.
        """
        reply = await self.ask(method, path, body, headers)
        if not 200 <= reply.status < 300:
            raise Refused(f"{method} {path}", reply)
        return reply.json() if reply.body else None

    def close(self) -> None:
        """End the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def _reply(reader: asyncio.StreamReader) -> Reply:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {}
    for line in head[1:-2]:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    status = int(head[0].split(" ", 2)[1])
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return Reply(status, headers, await _chunks(reader))
    length = int(headers.get("content-length", "0"))
    return Reply(status, headers, await reader.readexactly(length) if length else b"")


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while size := int((await reader.readline()).split(b";")[0], 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readline()
    return b"".join(parts)
