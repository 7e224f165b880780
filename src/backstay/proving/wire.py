"""A small HTTP/1.1 client connection that knows what it does not know.

Ordinary clients retry, and fold every failure into one exception. A lab must tell apart a
request of which no byte left (it certainly had no effect), one that left and was not
answered (it may have had its effect) and one that was answered.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Mapping

from msgspec import Struct


class NotSentError(Exception):
    """No byte of the request left: nothing can have come of it."""


class NoAnswerError(Exception):
    """The request left, and no whole answer came back: nobody can know what came of it."""


class Answer(Struct, frozen=True):
    """A whole HTTP answer."""

    status: int
    headers: dict[str, str]
    """Names in lower case; of repeated fields the last."""
    body: bytes


class Connection:
    """One keep-alive connection, opened when first needed and again after it was lost."""

    def __init__(self, host: str, port: int, *, tls: bool = False) -> None:
        """`tls` checks the server's certificate against the machine's authorities."""
        self.host = host
        self.port = port
        self._tls = ssl.create_default_context() if tls else None
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def exchange(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes, patience: float
    ) -> Answer:
        """Send one request and read its answer, within `patience` seconds each for both steps.

        Raises:
            NotSentError: the connection could not be opened.
            NoAnswerError: it was lost, or fell silent, after bytes of the request had left.
        """
        reader, writer = await self._open(patience)
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if body or method in {"POST", "PUT", "PATCH"}:
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join([*lines, "\r\n"]).encode("latin-1")
        try:
            async with asyncio.timeout(patience):
                writer.write(head + body)
                await writer.drain()
                answer = await _read_answer(reader, method)
        except TimeoutError:
            self.close()
            raise NoAnswerError(f"no answer within {patience:g} s") from None
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError) as error:
            self.close()
            raise NoAnswerError(f"connection lost before the answer: {type(error).__name__}") from None
        except BaseException:
            self.close()
            raise
        if answer.headers.get("connection", "").lower() == "close":
            self.close()
        return answer

    async def _open(self, patience: float) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """The present connection, unless its end has already been seen; else a new one."""
        if self._reader is not None and self._writer is not None:
            if not self._reader.at_eof() and not self._writer.transport.is_closing():
                return self._reader, self._writer
            self.close()
        try:
            async with asyncio.timeout(patience):
                self._reader, self._writer = await asyncio.open_connection(
                    self.host, self.port, ssl=self._tls
                )
        except (OSError, TimeoutError) as error:
            raise NotSentError(f"could not connect: {type(error).__name__}") from None
        return self._reader, self._writer

    def close(self) -> None:
        """Drop the connection, if there is one."""
        if self._writer is not None:
            with contextlib.suppress(OSError, RuntimeError):
                self._writer.close()
        self._reader = self._writer = None


async def _read_answer(reader: asyncio.StreamReader, method: str) -> Answer:
    """Read one answer, interim ones (1xx) passed over (RFC 9112, sections 4 to 7)."""
    while True:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(head[0][9:12])  # after "HTTP/1.1 "
        if status >= 200:
            break
    headers = {}
    for line in head[1:-2]:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    if method == "HEAD" or status in {204, 304}:
        body = b""
    elif headers.get("transfer-encoding", "").lower() == "chunked":
        body = await _read_chunks(reader)
    elif "content-length" in headers:
        body = await reader.readexactly(int(headers["content-length"]))
    else:
        body = await reader.read(-1)
        headers["connection"] = "close"
    return Answer(status, headers, body)


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    parts: list[bytes] = []
    while True:
        size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
        if size == 0:
            # Trailer fields, if any, end with an empty line.
            while await reader.readuntil(b"\r\n") != b"\r\n":
                pass
            return b"".join(parts)
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
