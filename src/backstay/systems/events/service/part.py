"""What everybody who publishes or reads events needs, held among the backend's parts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database
from backstay.kernel.errors import BackstayError
from backstay.kernel.module import CompositionError, Module, declared
from backstay.systems.events.queries import readers
from backstay.systems.events.service.catalog import Catalog

if TYPE_CHECKING:
    from backstay.systems.events.service.projecting import Projection
    from backstay.systems.events.service.subscribing import Subscription


CHANNEL: Final = "backstay_events"
POLL: Final = 0.5
"""Seconds between looks, when nobody tells of anything new."""
_WINDOW: Final = 0.002
"""Seconds within which wake-ups are one notification: NOTIFY locks the whole server when it commits."""


class _Named(Protocol):
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=_Named)


class Events:
    """The events of one backend; a unit of work reaches it by `uow.part(Events)`."""

    def __init__(self, modules: Sequence[Module], application: str, database: Database) -> None:
        """`application` names this deployment to others."""
        # Late: both need this class for their handlers.
        from backstay.systems.events.service.projecting import Projection
        from backstay.systems.events.service.subscribing import Subscription

        self.application = application
        self.subscriptions: Mapping[str, Subscription] = _by_name(declared(modules, Subscription))
        self.projections: Mapping[str, Projection] = _by_name(declared(modules, Projection))
        read = [event for one in self.subscriptions.values() for event in one.events]
        read += [event for one in self.projections.values() for event in one.events]
        self.catalog = Catalog(modules, read)
        self.owners = {one.name: module.name for module, one in declared(modules, Subscription)}
        self.owners |= {one.name: module.name for module, one in declared(modules, Projection)}
        """Which module declares each subscription and projection."""
        self.dispatching = False
        """Whether this process hands events over at present."""
        self.broker = ""
        """The kind of broker that `BROKER_URL` names, if it is set: what has not left for it must stay."""
        self.receiving = False
        """Whether this process is connected to receive at present."""
        self._database = database
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._telling: asyncio.Task[None] | None = None
        self._tell_again = False

    def source(self, type_: str) -> str:
        """The CloudEvents `source` of events that are published here."""
        return f"/{self.application}/{type_.partition('.')[0]}"

    def subscriptions_to(self, type_: str) -> list[Subscription]:
        """Whom an event of this type is handed to."""
        return [one for one in self.subscriptions.values() if type_ in one.types]

    def wake(self) -> None:
        """Something new is in the log, or has a position now: tell who waits, here and in other processes."""
        self.wake_here()
        if self._database.dialect == "postgresql":
            self._tell_again = True
            if self._telling is None:
                self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        try:
            while self._tell_again:
                self._tell_again = False
                with suppress(BackstayError):
                    await self._database.reader(SYSTEM).all(readers.NOTIFY, channel=CHANNEL)
                await asyncio.sleep(_WINDOW)
        finally:
            self._telling = None

    async def hear(self) -> None:
        """Wake who waits here when another process says so, until cancelled."""
        await self._database.listen(CHANNEL, self.wake_here)

    def wake_here(self) -> None:
        """Tell who waits in this process."""
        for loop, event in list(self._waiting):
            # A worker's handlers publish from another loop, and a waiter's loop may have ended.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(event.set)

    async def wait(self, seconds: float) -> None:
        """Return when told, or after `seconds`: events of other processes are found by looking."""
        me = (asyncio.get_running_loop(), asyncio.Event())
        self._waiting.add(me)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await me[1].wait()
        finally:
            self._waiting.discard(me)


def _by_name(found: Sequence[tuple[Module, N]]) -> dict[str, N]:
    names: dict[str, N] = {}
    for module, one in found:
        if one.name in names:
            raise CompositionError(f"two readers of events are called {one.name!r}; one is in {module.name}")
        names[one.name] = one
    return names
