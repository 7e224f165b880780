"""What happened, as a value: the base of every event that modules tell each other.

The kernel only collects events on the unit of work; the events system keeps them in the
same commit and delivers them. See `UnitOfWork.publish`.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct


class Event(Struct, frozen=True, kw_only=True):
    """Something that happened, named in the past tense; a module lists its events in its manifest.

    Subclasses set `type` and add fields that JSON can carry. A field may be added with a
    default; anything else is a new type (`orders.placed.v2`), because old events are kept.
    """

    type: ClassVar[str]
    """`<module>.<what_happened>`, unique in the house and for ever, e.g. `orders.order_placed`."""

    def subject(self) -> str | None:
        """What it happened to, e.g. an order's id (CloudEvents `subject`).

        Events of one type prefix and one subject reach each subscriber in the order of their
        commits; those without a subject in any order.
        """
        return None
