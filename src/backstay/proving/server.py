"""A server of the lab: one or more processes over one database, and how a check reads from it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from backstay.kernel.guarantees import History, LabError, Reply, UnansweredError
from backstay.proving.clients import Endpoint, LabClient
from backstay.proving.process import ServerProcess
from backstay.proving.proxy import TcpProxy


class LabServer:
    """Server processes over one database; see `kernel.guarantees.Server`."""

    def __init__(
        self,
        processes: Sequence[ServerProcess],
        reader: LabClient,
        history: History,
        *,
        engine: str,
        end_sessions: Callable[[], Awaitable[int]],
        database_proxy: TcpProxy | None = None,
        client_proxy: TcpProxy | None = None,
    ) -> None:
        self.processes = processes
        self.database_proxy = database_proxy
        self.client_proxy = client_proxy
        self._reader = reader
        self._history = history
        self._engine = engine
        self._end_sessions = end_sessions

    def endpoint(self, number: int) -> Endpoint:
        """Where the client of this number sends: to the processes in turn, to the first by its proxy."""
        process = self.processes[number % len(self.processes)]
        if self.client_proxy is not None and process is self.processes[0]:
            return Endpoint(process.name, "127.0.0.1", self.client_proxy.port)
        return process.endpoint

    async def get(self, path: str) -> Reply:
        """Read something that the verdict depends on."""
        return await read(self._reader, path)

    async def walk(self, path: str) -> AsyncIterator[Any]:
        """Every item of a list, page by page along `next_cursor`."""
        async for item in walk(self._reader, path):
            yield item

    async def kill(self) -> None:
        """SIGKILL to every process at once; returns when they are gone."""
        await asyncio.gather(*(process.kill() for process in self.processes))

    async def restart(self) -> None:
        """Start every ended process again, and wait until all are ready."""
        for process in self.processes:
            if not process.alive:
                await process.restart()

    async def end_sessions(self) -> int:
        """Let PostgreSQL end every session on this server's database; how many."""
        ended = await self._end_sessions()
        lane = self._history.lane("PostgreSQL", "server")
        self._history.mark(lane, "end-sessions", f"{ended} sessions")
        return ended

    @asynccontextmanager
    async def disk_full(self) -> AsyncIterator[None]:
        """Make every write of the processes to a file fail with EFBIG while the block lasts."""
        for process in self.processes:
            process.limit_files(0)
            self._history.mark(process.name, "disk-full")
        try:
            yield
        finally:
            for process in self.processes:
                if process.alive:
                    process.limit_files(-1)
                    self._history.mark(process.name, "disk-freed")

    @asynccontextmanager
    async def commits_failing(self) -> AsyncIterator[None]:
        """Make every COMMIT fail while the block lasts."""
        if self._engine == "sqlite":
            async with self.disk_full():
                yield
            return
        if self.database_proxy is None:
            raise LabError("to make COMMIT fail on PostgreSQL, start the server with database_proxy=True")
        self.database_proxy.cut_at(b"COMMIT", times=None)
        try:
            yield
        finally:
            self.database_proxy.heal()

    async def stop(self) -> None:
        """End every process and proxy."""
        self._reader.close()
        for process in self.processes:
            await process.stop()
        for proxy in (self.database_proxy, self.client_proxy):
            if proxy is not None:
                await proxy.__aexit__()


async def read(reader: LabClient, path: str, attempts: int = 20) -> Reply:
    """GET until it is answered with 2xx; only what was not answered, or with 503, is tried again.

    Raises:
        UnansweredError: no 2xx came.
    """
    reply = await reader.get(path)
    for attempt in range(attempts):
        if reply.ok or reply.status not in {None, 503}:
            break
        await asyncio.sleep(0.02 * (attempt + 1))
        reply = await reader.get(path)
    if not reply.ok:
        told = reply.operation.error or reply.body[:200].decode(errors="replace")
        raise UnansweredError(
            f"GET {path} was needed for the verdict and got {reply.status or 'no answer'}: {told}"
        )
    return reply


async def walk(reader: LabClient, path: str) -> AsyncIterator[Any]:
    """Every item of a list, page by page along `next_cursor`."""
    cursor: str | None = None
    while True:
        joint = "&" if "?" in path else "?"
        page = (await read(reader, path + (f"{joint}cursor={cursor}" if cursor else ""))).json
        for item in page["items"]:
            yield item
        cursor = page.get("next_cursor")
        if not cursor:
            return
