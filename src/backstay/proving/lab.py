"""One run's laboratory: what a check is given, and what is cleared away when the check has ended."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from itertools import count
from random import Random
from types import TracebackType
from typing import Final, Literal, Self
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec
from msgspec import Struct

from backstay.kernel.clock import CLOCK_FILE_VARIABLE, LabClock
from backstay.kernel.guarantees import (
    RECEIPT_VARIABLE,
    SABOTAGE_VARIABLE,
    Ended,
    Engine,
    History,
    RefusedError,
    Safety,
    Server,
)
from backstay.proving.clients import Endpoint, Fleet, LabClient, Pace, RatePace, no_pace
from backstay.proving.databases import Databases, LabDatabase
from backstay.proving.ledger import Ledger
from backstay.proving.process import BACKSTAY, BACKSTAY_SERVE, Launch, ServerProcess, clean_environment
from backstay.proving.proxy import TcpProxy
from backstay.proving.server import LabServer
from backstay.proving.target import Target, TargetServer

_TOKEN: Final = "lab-token-for-a-server-that-lives-seconds"  # noqa: S105 (of the lab's own servers only)
EndpointOf = Callable[[], Endpoint]


class Setting(Struct, frozen=True, kw_only=True):
    """What a run of one check is given from outside."""

    guarantee: str
    engine: Engine
    seed: int
    trials: int
    safety: Safety
    launch: Launch = BACKSTAY_SERVE
    sabotage: str | None = None
    """`<guarantee>/<number>` to plant in every server, if any."""
    target: Target | None = None
    """A server of the user's to ask, instead of servers of the lab's own."""
    keep: bool = False
    """Leave logs and databases for a person to look at."""


class Laboratory:
    """The lab of one run of one check; see `kernel.guarantees.Lab`. An async context manager."""

    def __init__(self, setting: Setting, history: History, ledger: Ledger, databases: Databases) -> None:
        self.engine: str = setting.engine
        self.random = Random(f"{setting.seed}/{setting.guarantee}")  # noqa: S311 (a replayable choice, not a secret)
        self.history = history
        self.rounds = 1
        """How many rounds the check makes: more than one only if it counts them with `trials`."""
        self._setting = setting
        self._ledger = ledger
        self._databases = databases
        self._servers: list[LabServer] = []
        self._others: list[TcpProxy] = []
        self._target: TargetServer | None = None
        self._clients: list[LabClient] = []
        self._commands: list[ServerProcess | LabServer] = []
        self._last: Launch | None = None
        self._numbers = count(1)
        self._clock_file = ledger.folder / "clock"
        self._receipt = ledger.folder / "planted"
        self._config = ledger.folder / "backstay.toml"
        self._pace: Pace = RatePace(setting.target.rate) if setting.target is not None else no_pace
        self._name = uuid4().hex[:8]

    async def __aenter__(self) -> Self:
        LabClock.write(self._clock_file, timedelta())
        self._receipt.touch()
        self._config.touch()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for client in self._clients:
            client.close()
        for ours in [*self._commands, *self._servers]:
            await ours.stop()
        for proxy in self._others:
            await proxy.__aexit__()

    @property
    def planted_in(self) -> list[int]:
        """Process ids of the servers that noted that the sabotage was planted in them."""
        return [int(line) for line in self._receipt.read_text().split()]

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
        if self._setting.target is not None:
            return self._target_server()
        number = len(self._servers) + 1
        name = "server" if number == 1 else f"server {chr(64 + number)}"
        database = await self._databases.create()
        proxies = await self._proxies(database, wanted=database_proxy, name=name)
        self._last = launch = self._launch(database, proxies, workers, env or {})
        running = [
            ServerProcess(f"{name} {place + 1}", launch, self._ledger, self.history)
            for place in range(processes)
        ]
        before_first: TcpProxy | None = None
        if client_proxy:
            before_first = await self._proxy("127.0.0.1", running[0].port, f"clients ↔ {running[0].name}")
        server = LabServer(
            running,
            self._client("reader", lambda: server.endpoint(len(running) - 1), timeout=10.0),
            self.history,
            engine=self.engine,
            end_sessions=lambda: self._databases.end_sessions(database.name),
            database_proxy=proxies,
            client_proxy=before_first,
        )
        self._servers.append(server)
        # One after the other: the first migrates the empty database for all.
        for process in running:
            await process.start()
        return server

    async def command(self, *words: str) -> ServerProcess:
        """Run `backstay` with these words as the server started last runs; does not wait for its end."""
        if self._last is None:
            raise RefusedError("start a server first: `await lab.server()`")
        launch = msgspec.structs.replace(self._last, argv=(*BACKSTAY, *words))
        process = ServerProcess(f"command {next(self._numbers)}", launch, self._ledger, self.history)
        self._commands.append(process)
        await process.begin()
        return process

    def _target_server(self) -> Server:
        target = self._setting.target
        assert target is not None
        if self._setting.safety == "break":
            raise RefusedError(
                "a check of the class 'break' runs only against servers that the lab itself started"
            )
        if self._target is None:
            endpoint = target.endpoint
            self._target = TargetServer(self._client("reader", lambda: endpoint, timeout=10.0), endpoint)
        return self._target

    async def _proxies(self, database: LabDatabase, *, wanted: bool, name: str) -> TcpProxy | None:
        if not wanted or self.engine == "sqlite":
            return None
        parts = urlsplit(database.url)
        return await self._proxy(parts.hostname or "127.0.0.1", parts.port or 5432, f"{name} ↔ PostgreSQL")

    async def _proxy(self, host: str, port: int, lane: str, *, listen: int = 0) -> TcpProxy:
        self.history.lane(lane, "proxy")
        proxy = TcpProxy(
            host,
            port,
            Random(self.random.random()),  # noqa: S311 (a replayable choice, not a secret)
            lambda kind, detail: self.history.mark(lane, kind, detail),
            listen=listen,
        )
        return await proxy.__aenter__()

    def _launch(
        self, database: LabDatabase, proxy: TcpProxy | None, workers: int, extra: Mapping[str, str]
    ) -> Launch:
        url = database.url
        if proxy is not None:
            parts = urlsplit(url)
            login = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
            url = parts._replace(netloc=f"{login}127.0.0.1:{proxy.port}").geturl()
        data = self._ledger.folder / f"{database.name}-data"
        data.mkdir(exist_ok=True)
        principals = [
            {"name": name, "token": _token(name), "permissions": ["*"], "organization": name}
            for name in ("lab", "neighbour")
        ]
        lab = {
            "DATABASE_URL": url,
            "BACKSTAY_DATABASE_AUTO_MIGRATE": "true",
            "BACKSTAY_APP_ENVIRONMENT": "test",
            "BACKSTAY_APP_DATA_DIR": str(data),
            "BACKSTAY_AUTH_PRINCIPALS": msgspec.json.encode(principals).decode(),
            "BACKSTAY_HTTP_WORKERS": str(workers),
            CLOCK_FILE_VARIABLE: str(self._clock_file),
            # An empty file: the deployment's own may name real mail servers, brokers and payments.
            "BACKSTAY_CONFIG": str(self._config),
            # Encrypted bytes could not be recognised on the wire; both ends are on this machine.
            **({"PGSSLMODE": "disable"} if proxy is not None else {}),
            **extra,
        }
        if self._setting.sabotage is not None:
            lab |= {SABOTAGE_VARIABLE: self._setting.sabotage, RECEIPT_VARIABLE: str(self._receipt)}
        launch = self._setting.launch
        return Launch(launch.argv, clean_environment(os.environ, {**launch.env, **lab}))

    async def proxy(self, host: str, port: int, name: str, *, listen: int = 0) -> TcpProxy:
        """Put a proxy before something that servers of this lab use."""
        if self._setting.target is not None:
            raise RefusedError("what another server uses is out of the lab's reach")
        self._others.append(await self._proxy(host, port, f"servers ↔ {name}", listen=listen))
        return self._others[-1]

    def clients(
        self,
        count: int,
        server: Server | None = None,
        *,
        timeout: float = 10.0,
        organization: Literal["lab", "neighbour"] = "lab",
    ) -> Fleet:
        """Clients of `server`, or of the one started last."""
        target = self._setting.target
        if target is not None:
            return Fleet(
                [self._next_client(lambda: target.endpoint, timeout) for _ in range(count)], self.history
            )
        if not self._servers:
            raise RefusedError("start a server first: `await lab.server()`")
        chosen = server if isinstance(server, LabServer) else self._servers[-1]
        return Fleet(
            [self._next_client(_place(chosen, place), timeout, organization) for place in range(count)],
            self.history,
        )

    def _next_client(self, endpoint: EndpointOf, timeout: float, organization: str = "lab") -> LabClient:
        name = f"client {next(self._numbers)}"
        return self._client(name, endpoint, timeout=timeout, organization=organization)

    def _client(
        self, name: str, endpoint: EndpointOf, *, timeout: float, organization: str = "lab"
    ) -> LabClient:
        target = self._setting.target
        token = _token(organization) if target is None else target.token
        client = LabClient(
            name,
            endpoint,
            self.history,
            Random(f"{self._setting.seed}/{self._setting.guarantee}/{name}"),  # noqa: S311 (a replayable choice, not a secret)
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=timeout,
            pace=self._pace,
            reads_only=target is not None and self._setting.safety == "observe",
        )
        self._clients.append(client)
        return client

    def trials(self) -> Iterator[int]:
        """Count the rounds of the check from 1."""
        self.rounds = self._setting.trials
        for trial in range(1, self.rounds + 1):
            self.history.trial = trial
            yield trial

    async def acknowledged(self, more: int, deadline: float = 30.0) -> None:
        """Wait until so many more operations have been acknowledged."""
        first = len(self.history.operations)
        await self.history.until(
            f"{more} more acknowledged operations",
            lambda: sum(op.ended is Ended.OK for op in self.history.operations[first:]) >= more,
            deadline,
        )

    def move_clock(self, by: timedelta) -> None:
        """Move the clock of every server of this lab, forwards or back."""
        lane = self.history.lane("clock", "lab")
        LabClock.write(self._clock_file, by)
        self.history.mark(lane, "clock", f"{by.total_seconds():+g} s")

    def unique(self, prefix: str) -> str:
        """A name that no other run uses."""
        return f"{prefix}-{self._name}-{next(self._numbers)}"


def _token(organization: str) -> str:
    return f"{_TOKEN}-{organization}"


def _place(server: LabServer, number: int) -> EndpointOf:
    """Where the client of this number sends, asked anew each time: a restart may have moved the port."""
    return lambda: server.endpoint(number)
