"""Clients that load a server and record what they saw of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from backstay.kernel.guarantees import Action, Ended, History, Operation, RefusedError, Reply, Tally
from backstay.proving.wire import Answer, Connection, NoAnswerError, NotSentError

_KEPT_ANSWER = 8192
"""Bytes up to which a JSON answer is kept in the history; pages of a walk are larger than one item."""


class Endpoint(Struct, frozen=True):
    """Where a client sends its requests."""

    lane: str
    host: str
    port: int
    tls: bool = False
    prefix: str = ""
    """Path put before every request's own, of a target behind one."""


class Pace(Protocol):
    """Waits until the next request may be sent."""

    async def __call__(self) -> None:
        """Return when it may."""
        ...


class RatePace:
    """At most so many requests a second, evenly spaced; shared by all clients of a run."""

    def __init__(self, per_second: float) -> None:
        self._gap = 1 / per_second
        self._next = 0.0

    async def __call__(self) -> None:
        """Wait for this request's turn."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        turn = max(now, self._next)
        self._next = turn + self._gap
        if turn > now:
            await asyncio.sleep(turn - now)


async def no_pace() -> None:
    """As fast as the server answers."""


class LabClient:
    """One user on one connection; see `kernel.guarantees.Client`."""

    def __init__(
        self,
        name: str,
        endpoint: Callable[[], Endpoint],
        history: History,
        random: Random,
        *,
        headers: Mapping[str, str],
        timeout: float,
        pace: Pace = no_pace,
        reads_only: bool = False,
    ) -> None:
        """`endpoint` is asked before every request, so that a balancer can move the client."""
        self.name = history.lane(name, "client")
        self.random = random
        self._endpoint = endpoint
        self._history = history
        self._headers = {"User-Agent": "backstay-prove", "Accept": "application/json", **headers}
        self._timeout = timeout
        self._pace = pace
        self._reads_only = reads_only
        self._connections: dict[Endpoint, Connection] = {}
        self._made = 0

    def unique(self, prefix: str) -> str:
        """A word that no other client of this run makes."""
        self._made += 1
        return f"{prefix}-{self.name.rpartition(' ')[2]}-{self._made}"

    async def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        about: Any = None,
        name: str | None = None,
    ) -> Reply:
        """Send one request and record what became of it."""
        if self._reads_only and method not in {"GET", "HEAD"}:
            raise RefusedError(f"a check of the class 'observe' only reads; it asked for {method} {path}")
        await self._pace()
        endpoint = self._endpoint()
        connection = self._connections.get(endpoint)
        if connection is None:
            connection = Connection(endpoint.host, endpoint.port, tls=endpoint.tls)
            self._connections[endpoint] = connection
        body = b"" if json is None else msgspec.json.encode(json)
        own = {"Content-Type": "application/json"} if body else {}
        given = {**self._headers, **own, **(headers or {})}
        sent = {header: value for header, value in given.items() if value}
        operation = self._history.invoke(
            lane=self.name,
            server=endpoint.lane,
            name=name or f"{method} {path.partition('?')[0]}",
            about=about,
        )
        operation.sent = True
        try:
            answer = await connection.exchange(method, endpoint.prefix + path, sent, body, self._timeout)
        except NotSentError as error:
            operation.sent = False
            self._history.end(operation, Ended.FAIL, error=str(error))
        except NoAnswerError as error:
            self._history.end(operation, Ended.INFO, error=str(error))
        except BaseException as error:
            self._history.end(operation, Ended.INFO, error=f"the lab gave up: {type(error).__name__}")
            raise
        else:
            return self._answered(operation, answer)
        return Reply(operation=operation, status=None, headers={}, body=b"")

    def _answered(self, operation: Operation, answer: Answer) -> Reply:
        kept = None
        if len(answer.body) <= _KEPT_ANSWER and "json" in answer.headers.get("content-type", ""):
            try:
                kept = msgspec.json.decode(answer.body)
            except msgspec.DecodeError:
                kept = answer.body.decode(errors="replace")
        ended = Ended.OK if answer.status < 400 else Ended.FAIL if answer.status < 500 else Ended.INFO
        self._history.end(operation, ended, status=answer.status, answer=kept)
        return Reply(operation=operation, status=answer.status, headers=answer.headers, body=answer.body)

    async def get(self, path: str, *, headers: Mapping[str, str] | None = None, about: Any = None) -> Reply:
        """`request("GET", ...)`."""
        return await self.request("GET", path, headers=headers, about=about)

    async def post(
        self, path: str, *, json: Any = None, headers: Mapping[str, str] | None = None, about: Any = None
    ) -> Reply:
        """`request("POST", ...)`."""
        return await self.request("POST", path, json=json, headers=headers, about=about)

    async def patch(
        self, path: str, *, json: Any = None, headers: Mapping[str, str] | None = None, about: Any = None
    ) -> Reply:
        """`request("PATCH", ...)`."""
        return await self.request("PATCH", path, json=json, headers=headers, about=about)

    async def put(
        self, path: str, *, json: Any = None, headers: Mapping[str, str] | None = None, about: Any = None
    ) -> Reply:
        """`request("PUT", ...)`."""
        return await self.request("PUT", path, json=json, headers=headers, about=about)

    async def delete(
        self, path: str, *, headers: Mapping[str, str] | None = None, about: Any = None
    ) -> Reply:
        """`request("DELETE", ...)`."""
        return await self.request("DELETE", path, headers=headers, about=about)

    def close(self) -> None:
        """Drop the connections."""
        for connection in self._connections.values():
            connection.close()


class Fleet:
    """Several clients at once; see `kernel.guarantees.Clients`."""

    def __init__(self, clients: Sequence[LabClient], history: History) -> None:
        self._clients = clients
        self._history = history

    def _tally(self, first: int) -> Tally:
        names = {client.name for client in self._clients}
        mine = [op for op in self._history.operations[first:] if op.lane in names]
        ended = [op.ended for op in mine]
        return Tally(
            ok=ended.count(Ended.OK),
            fail=ended.count(Ended.FAIL),
            indeterminate=sum(op.indeterminate for op in mine),
        )

    async def each(self, times: int, action: Action) -> Tally:
        """Let every client do the action so many times, all clients at once."""
        first = len(self._history.operations)

        async def work(client: LabClient) -> None:
            for _ in range(times):
                await action(client)

        async with asyncio.TaskGroup() as group:
            for client in self._clients:
                group.create_task(work(client))
        return self._tally(first)

    @asynccontextmanager
    async def running(self, action: Action) -> AsyncIterator[None]:
        """Let every client repeat the action, all at once, until the block is left."""
        stopped = asyncio.Event()

        async def work(client: LabClient) -> None:
            while not stopped.is_set():
                before = len(self._history.operations)
                await action(client)
                latest = [op for op in self._history.operations[before:] if op.lane == client.name]
                if not latest or not latest[-1].sent:
                    # Nobody is there to take the request: try again at a person's pace, not a processor's.
                    await asyncio.sleep(0.02)

        async with asyncio.TaskGroup() as group:
            for client in self._clients:
                group.create_task(work(client))
            try:
                yield
            finally:
                stopped.set()
