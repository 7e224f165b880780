"""The live objects of a backend, by type: where systems leave what others need at run time.

A unit of work reaches them too (`uow.part(kind)`), because a service function has nothing
else in its hands.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from backstay.kernel.database import UnitOfWork

P = TypeVar("P")

KeepEvents = Callable[["UnitOfWork"], Awaitable[None]]
"""Writes `uow.published` in the unit's own transaction."""


class Parts:
    """One backend's live objects and the keepers of its events."""

    def __init__(self) -> None:
        self._held: dict[type, Any] = {}
        self._keepers: list[KeepEvents] = []
        self._closing: list[Callable[[], Awaitable[None]]] = []

    def hold(self, part: object, kind: type | None = None) -> None:
        """Keep a live object for the life of the backend; a second one takes its place.

        It is found by its own type, or by the interface `kind` that it implements.
        """
        self._held[kind or type(part)] = part

    def part(self, kind: type[P]) -> P:
        """The live object of this type.

        Raises:
            LookupError: nobody holds one; is the module composed, and do its services run?
        """
        found: P | None = self._held.get(kind)
        if found is None:
            raise LookupError(f"this backend holds no {kind.__name__}")
        return found

    def at_close(self, close: Callable[[], Awaitable[None]]) -> None:
        """Call `close` when the backend ends, just before its database closes: for what a part holds open."""
        self._closing.append(close)

    async def close(self) -> None:
        """Close what parts hold open, the last first."""
        while self._closing:
            await self._closing.pop()()

    def keep_events(self, keep: KeepEvents) -> None:
        """Add a keeper: called before the commit of every unit that published something."""
        self._keepers.append(keep)

    def event_keepers(self) -> Sequence[KeepEvents]:
        """Those who keep events, in order.

        Raises:
            LookupError: nobody does, so the events would be lost silently.
        """
        if not self._keepers:
            raise LookupError("a unit published events, and no composed module keeps them: require 'events'")
        return self._keepers
