"""The composed backend: settings, modules, database, clock, keys and who authenticates, alive together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from backstay.kernel.actor import Actor, Authenticator
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
    authenticator: Authenticator
    state: State = "starting"
    """`ready` once every module's services run; `draining` from SIGTERM on."""
    observers: list[Callable[[Record], None]] = field(default_factory=list)
    """Called with each finished record, in order: telemetry first, then the modules' own."""

    def hold(self, part: object) -> None:
        """Keep a live object of a module (a monitor, a fan-out) for the life of this backend, by its type."""
        self.database.parts.hold(part)

    def part(self, kind: type[P]) -> P:
        """The live object of this type.

        Raises:
            LookupError: no module's service holds one; is the module composed, and are services running?
        """
        return self.database.parts.part(kind)

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
        backend = Backend(
            settings=settings,
            modules=composed,
            database=database,
            clock=clock,
            keys=keys,
            authenticator=authenticator or development_authenticator(settings, keys, clock),
        )
        prepare_parts(composed, database, settings)
        for module in composed if services else ():
            for service in module.services:
                await stack.enter_async_context(service(backend))
        backend.observers += [
            _bound(observer, backend)
            for module in (composed if services else ())
            for observer in module.observers
        ]
        backend.state = "ready"
        yield backend


def _bound(observer: Callable[[Backend, Record], None], backend: Backend) -> Callable[[Record], None]:
    def observe(record: Record) -> None:
        observer(backend, record)

    return observe
