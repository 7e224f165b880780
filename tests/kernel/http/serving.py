"""Servers in processes of their own, and clients that count what is lost."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]  # it ships no types
import pytest

ROOT = Path(__file__).parents[3]


class Served:
    """A server in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.url = ""
        self.lines: list[str] = []
        self._more = asyncio.Event()
        self.reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.lines.append(line.decode().rstrip())
            self._more.set()
        self._more.set()

    async def line(self, pattern: str, *, times: int = 1) -> str:
        """The last of so many lines that match."""
        async with asyncio.timeout(60):
            while len(found := [line for line in self.lines if re.search(pattern, line)]) < times:
                assert not self.reading.done(), "\n".join(self.lines)
                self._more.clear()
                await self._more.wait()
        return found[-1]

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def workers(self) -> list[psutil.Process]:
        return list(psutil.Process(self.process.pid).children())

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        async with asyncio.timeout(30):
            return await self.process.wait()


Serve = Callable[..., Any]


@pytest.fixture
def served(tmp_path: Path) -> Serve:
    @asynccontextmanager
    async def run(**environment: str) -> AsyncIterator[Served]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.kernel.http.served",
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={
                **os.environ,
                "DATABASE_URL": f"sqlite:///{tmp_path}/served.db",
                "BACKSTAY_HTTP_PORT": "0",
                "BACKSTAY_AUTH_PRINCIPALS": "",
                **environment,
            },
        )
        server = Served(process)
        try:
            yield server
        finally:
            if process.returncode is None:
                for child in psutil.Process(process.pid).children(recursive=True):
                    child.kill()
                process.kill()
                await process.wait()
            await server.reading

    return run


async def until_ready(server: Served) -> None:
    server.url = (await server.line("^ready ")).removeprefix("ready ")


async def connect(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """As `asyncio.open_connection`, which forgets to close its socket when it is refused."""
    raw = socket.socket()
    raw.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", port))
    except BaseException:
        raw.close()
        raise
    return await asyncio.open_connection(sock=raw)


class Load:
    """Clients that ask without pause until the server refuses them, and count what was lost."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.answered = 0
        self.lost: list[str] = []
        self.warm = asyncio.Event()

    async def client(self, *, keep_alive: bool) -> None:
        while True:
            try:
                reader, writer = await connect(self.port)
            except (ConnectionRefusedError, TimeoutError):
                return
            try:
                await self._talk(reader, writer, keep_alive=keep_alive)
            finally:
                writer.close()

    async def _talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, keep_alive: bool
    ) -> None:
        request = b"POST /odds/echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
        while True:
            try:
                writer.write(request)
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"content-length: (\d+)", head)
                assert length is not None
                await reader.readexactly(int(length[1]))
            except (ConnectionError, asyncio.IncompleteReadError) as failure:
                self.lost.append(repr(failure))
                return
            assert head.startswith(b"HTTP/1.1 200"), head
            self.answered += 1
            if self.answered >= 50:
                self.warm.set()
            if not keep_alive or b"connection: close" in head:
                return

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        clients = [asyncio.create_task(self.client(keep_alive=bool(number % 2))) for number in range(4)]
        await self.warm.wait()
        yield
        async with asyncio.timeout(20):
            await asyncio.gather(*clients)


async def half_sent(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /odds/raw HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nab")
    await writer.drain()
    return reader, writer


async def refused(port: int) -> None:
    """Wait until the server takes no new connection."""
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.wait_for(connect(port), 0.2)
            except (ConnectionRefusedError, TimeoutError):
                return
            writer.close()
            await asyncio.sleep(0.01)
