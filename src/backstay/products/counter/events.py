"""What happens to shared counters. Those of one person are nobody else's business."""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override

from backstay.kernel.event import Event


class CounterMoved(Event, frozen=True, kw_only=True):
    """A shared counter was moved, or set anew."""

    type: ClassVar[str] = "counter.moved"
    name: str
    amount: int | None
    """By how much it moved; null where it was set."""
    value: int
    """Where it stood afterwards."""

    @override
    def subject(self) -> str:
        """The counter: its moves are told in their order."""
        return self.name


class CounterRemoved(Event, frozen=True, kw_only=True):
    """A shared counter was deleted."""

    type: ClassVar[str] = "counter.removed"
    name: str

    @override
    def subject(self) -> str:
        """The counter."""
        return self.name
