"""The laboratory as a check sees it. `backstay.proving` is the one that implements it.

Everything here acts on real processes: nothing is simulated. A check that asks for what its
safety class forbids is refused (`RefusedError`), and the run counts as inconclusive.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from random import Random
from typing import Any, Literal, Protocol

from backstay.kernel.guarantees.history import History
from backstay.kernel.guarantees.reply import Reply, Tally


class Client(Protocol):
    """One connection's worth of a user: keep-alive HTTP/1.1, one request at a time, all of it recorded.

    Failing requests do not raise: look at the reply, or let the history's invariants look.
    """

    name: str
    """Its lane in the history."""
    random: Random
    """Its own choices, fixed by the run's seed."""

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
        """Send one request; `about` says, for the invariants, what it is about (a title, a number).

        A header with an empty value is not sent: `{"Authorization": ""}` asks as nobody.
        """
        ...

    async def get(self, path: str, *, headers: Mapping[str, str] | None = None, about: Any = None) -> Reply:
        """`request("GET", ...)`."""
        ...

    async def post(
        self, path: str, *, json: Any = None, headers: Mapping[str, str] | None = None, about: Any = None
    ) -> Reply:
        """`request("POST", ...)`."""
        ...

    async def patch(
        self, path: str, *, json: Any = None, headers: Mapping[str, str] | None = None, about: Any = None
    ) -> Reply:
        """`request("PATCH", ...)`."""
        ...

    async def put(
        self, path: str, *, json: Any = None, headers: Mapping[str, str] | None = None, about: Any = None
    ) -> Reply:
        """`request("PUT", ...)`."""
        ...

    async def delete(
        self, path: str, *, headers: Mapping[str, str] | None = None, about: Any = None
    ) -> Reply:
        """`request("DELETE", ...)`."""
        ...

    def unique(self, prefix: str) -> str:
        """A word that no other client of this run makes: `note-3-17`, prefixed so that it is recognised."""
        ...


Action = Callable[[Client], Awaitable[Any]]


class Clients(Protocol):
    """Several clients at once, spread evenly over the server's processes."""

    async def each(self, times: int, action: Action) -> Tally:
        """Let every client do the action so many times, all clients at once."""
        ...

    def running(self, action: Action) -> AbstractAsyncContextManager[None]:
        """Let every client repeat the action, all at once, until the block is left.

        On leaving, requests under way are waited for, so that every operation has ended.
        """
        ...


class Process(Protocol):
    """One server process group, started by the lab."""

    name: str
    """Its lane in the history, e.g. `server 1`."""
    pid: int
    """Of the group's leader, since its latest start."""
    port: int
    """Of 127.0.0.1, where it listens."""

    async def kill(self) -> None:
        """SIGKILL to the whole group; returns when it is gone."""
        ...

    async def pause(self) -> None:
        """SIGSTOP to the whole group, its connections stay open; returns when it stands still."""
        ...

    def resume(self) -> None:
        """SIGCONT."""
        ...

    def terminate(self) -> None:
        """SIGTERM, as a supervisor would send it; does not wait."""
        ...

    async def exited(self, deadline: float = 30.0) -> int:
        """Wait until it has ended; the exit status (minus the signal's number when killed)."""
        ...

    async def restart(self) -> None:
        """Start it again on the same port and data, after it has ended, and wait until it is ready."""
        ...


class Proxy(Protocol):
    """A TCP proxy in the lab's own process, through which bytes can be made to go wrong."""

    port: int
    """Of 127.0.0.1, where it listens."""

    def cut(self) -> None:
        """Reset (RST) every connection that is open now; new ones are let through."""
        ...

    def cut_at(self, pattern: bytes, *, deliver: bool | None = None, times: int | None = 1) -> None:
        """Reset the connection on which `pattern` next comes from the client's side; None: until healed.

        With `deliver` the bytes still reach the server and its answer is lost; without, they never
        arrive; with None the seed chooses each time.
        """
        ...

    def truncate(self, after: int, *, towards: Literal["server", "client"] = "client") -> None:
        """Let exactly `after` more bytes through on the next connection that sends any, then reset it."""
        ...

    def delay(self, seconds: float, jitter: float = 0.0) -> None:
        """Hold every chunk back for so long, plus up to `jitter` more (from the seed)."""
        ...

    def throttle(self, bytes_per_second: float | None) -> None:
        """Let through at most so many bytes a second, each way, on each connection."""
        ...

    def black_hole(self) -> None:
        """Swallow everything, and keep connections open."""
        ...

    def heal(self) -> None:
        """Stop doing any of that; connections that swallowed bytes are reset."""
        ...


class Server(Protocol):
    """One or more server processes over one database."""

    @property
    def processes(self) -> Sequence[Process]:
        """Its processes, in the order of their numbers."""
        ...

    @property
    def database_proxy(self) -> Proxy | None:
        """Between the server and PostgreSQL, if asked for; None on SQLite, which has no wire."""
        ...

    @property
    def client_proxy(self) -> Proxy | None:
        """Between the clients and the first process, if asked for."""
        ...

    async def get(self, path: str) -> Reply:
        """Read something that the verdict depends on; never sent, or 503, is tried again for a while.

        Raises:
            UnansweredError: no 2xx came.
        """
        ...

    def walk(self, path: str) -> AsyncIterator[Any]:
        """Every item of a list, page by page along `next_cursor`, as `get` reads it."""
        ...

    async def kill(self) -> None:
        """SIGKILL to every process at once; returns when they are gone."""
        ...

    async def restart(self) -> None:
        """Start every ended process again, and wait until all are ready."""
        ...

    async def end_sessions(self) -> int:
        """Let PostgreSQL end every session on this server's database, whatever they are in; how many.

        Raises:
            LabError: on SQLite, whose store ends with its process: `kill`.
        """
        ...

    def disk_full(self) -> AbstractAsyncContextManager[None]:
        """Make every write of the processes to a file fail with EFBIG while the block lasts (Linux).

        The operating system does it (`prlimit(RLIMIT_FSIZE)`): on SQLite, COMMIT itself fails.
        """
        ...

    def commits_failing(self) -> AbstractAsyncContextManager[None]:
        """Make every COMMIT fail while the block lasts, the server none the wiser.

        On SQLite the disk is full. On PostgreSQL (with `database_proxy=True`) the connection is
        reset at that word, before it arrives or before its answer does, as the seed chooses.
        """
        ...


class Lab(Protocol):
    """Where a check does its work."""

    engine: str
    """`sqlite` or `postgres`."""
    random: Random
    """The only source of chance in a check; fixed by the run's seed."""
    history: History

    async def server(
        self,
        *,
        processes: int = 1,
        workers: int = 1,
        env: Mapping[str, str] | None = None,
        database_proxy: bool = False,
        client_proxy: bool = False,
    ) -> Server:
        """Start a server on a database of its own, empty and migrated, and wait until it is ready."""
        ...

    async def command(self, *words: str) -> Process:
        """Run `backstay` with these words as the server started last runs; does not wait for its end."""
        ...

    async def proxy(self, host: str, port: int, name: str, *, listen: int = 0) -> Proxy:
        """Put a proxy before something that servers of this lab use, a broker perhaps; `name` is its lane.

        `listen` is the port of this machine that it stands at, where what is behind it tells its clients so.

        Raises:
            RefusedError: this run is against a server that the lab did not start.
        """
        ...

    def clients(
        self,
        count: int,
        server: Server | None = None,
        *,
        timeout: float = 10.0,
        organization: Literal["lab", "neighbour"] = "lab",
    ) -> Clients:
        """Clients of `server`, or of the one started last; a request is given up after `timeout` seconds.

        `organization`: of which of the two that the lab's own servers know; with a target it is the token's.
        """
        ...

    def trials(self) -> Iterator[int]:
        """Count the rounds of the check from 1: `for trial in lab.trials(): ...`."""
        ...

    async def acknowledged(self, more: int, deadline: float = 30.0) -> None:
        """Wait until so many more operations have been acknowledged: the moment for a fault."""
        ...

    def move_clock(self, by: timedelta) -> None:
        """Move the clock of every server of this lab, forwards or back."""
        ...

    def unique(self, prefix: str) -> str:
        """A name that no other run uses."""
        ...
