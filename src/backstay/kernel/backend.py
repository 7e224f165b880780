"""The composed backend: settings, modules, database, clock, keys and who authenticates, alive together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, TypeVar

from backstay.kernel.actor import Actor, Authenticator, Authenticators
from backstay.kernel.auth import development_authenticator
from backstay.kernel.clock import Clock, clock_from_environment
from backstay.kernel.database import Database, Reader
from backstay.kernel.guarantees import plant_sabotage
from backstay.kernel.module import Module, compose, prepare_parts
from backstay.kernel.observation import Record
from backstay.kernel.settings import Settings, deployment_keys
from backstay.kernel.signing import Keys

P = TypeVar("P")
State = Literal["starting", "ready", "draining"]


@dataclass(kw_only=True)
class Backend:
    """One running backend: what a process holds between start and stop."""

    settings: Settings
    modules: tuple[Module, ...]
    """In an order where every module comes after those it requires."""
    database: Database
    clock: Clock
    keys: Keys
    authenticator: Authenticators
    state: State = "starting"
    """`ready` once every module's services run; `draining` from SIGTERM on."""
    on_drain: list[Callable[[], None]] = field(default_factory=list)
    """Called when SIGTERM has come, before the last requests are answered: take on no new work."""
    checks: list[Callable[[], None]] = field(default_factory=list)
    """What modules look into that a first answer need not wait for; run with `Application.complete`. Each
    raises a CompositionError for a mistake in what was composed, and that ends the server."""
    observers: list[Callable[[Record], None]] = field(default_factory=list)
    """Called with each finished record, in order: telemetry first, then the modules' own."""

    def hold(self, part: object, kind: type | None = None) -> None:
        """Keep a live object of a module as long as this backend lives, by its type or interface `kind`."""
        self.database.parts.hold(part, kind)

    def part(self, kind: type[P]) -> P:
        """The live object of this type.

        Raises:
            LookupError: no module's service holds one; is the module composed, and are services running?
        """
        return self.database.parts.part(kind)

    def drain(self, *, stay_ready: bool = False) -> None:
        """Take on no new work, in any module's part; `stay_ready` while another process takes over."""
        if not stay_ready:
            self.state = "draining"
        for stop in self.on_drain:
            stop()

    def reader(self, actor: Actor) -> Reader:
        """Reads on behalf of an actor."""
        return self.database.reader(actor)

    def module(self, name: str) -> Module:
        """The composed module of this name.

        Raises:
            LookupError: there is none.
        """
        for module in self.modules:
            if module.name == name:
                return module
        raise LookupError(f"no module is called {name!r}")


@asynccontextmanager
async def start(
    settings: Settings,
    modules: Sequence[Module],
    *,
    clock: Clock | None = None,
    authenticator: Authenticator | None = None,
    services: bool = True,
) -> AsyncIterator[Backend]:
    """Compose the modules, open the database, run the modules' services; undo it all in reverse at the end.

    It neither migrates nor listens: those are the edges' business. Commands that only want the
    database pass `services=False`.

    Raises:
        CompositionError: the modules do not fit together.
        DatabaseUnavailable: the database does not answer.
    """
    composed = compose(modules)
    # Nothing happens here but in a server that `backstay prove --sabotage` started.
    plant_sabotage(guarantee for module in composed for guarantee in module.guarantees)
    keys = deployment_keys(settings)
    clock = clock or clock_from_environment()
    async with AsyncExitStack() as stack:
        database = await Database.open(
            settings.database.url, clock=clock, keys=keys, pool_size=settings.database.pool_size
        )
        stack.push_async_callback(database.close)
        last = authenticator or development_authenticator(settings, keys, clock)
        backend = Backend(
            settings=settings,
            modules=composed,
            database=database,
            clock=clock,
            keys=keys,
            authenticator=Authenticators([last]),
        )
        prepare_parts(composed, database, settings)
        own = [module.authenticates(backend) for module in composed if module.authenticates is not None]
        backend.authenticator = Authenticators([*own, last])
        for module in composed if services else ():
            for service in module.services:
                await stack.enter_async_context(service(backend))
        if services:
            await stack.enter_async_context(works(backend))
        backend.observers += [
            partial(observer, backend)
            for module in (composed if services else ())
            for observer in module.observers
        ]
        backend.state = "ready"
        yield backend


@asynccontextmanager
async def works(backend: Backend) -> AsyncIterator[None]:
    """Run every module's `works`, as long as the block lasts; `start` does where it runs the services."""
    async with AsyncExitStack() as stack:
        for module in backend.modules:
            for work in module.works:
                await stack.enter_async_context(work(backend))
        yield
