"""What crosses the counter's boundary."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

LARGEST: Final = 2**53 - 1
"""The largest number that every JSON reader keeps exact (RFC 8259, 6); counters stay within it."""

CounterName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        description="Letters, digits, `.`, `_` and `-`; begins with a letter or digit.",
        examples=["page-views"],
    ),
]


class Counter(Struct, frozen=True):
    """A named number that many hands may move at once."""

    name: str
    value: int
    version: int
    """Grows by one with every move; send it back as `If-Match` to reset only what you saw."""
    updated_at: datetime


class Day(Struct, frozen=True):
    """What happened to a shared counter on one day (UTC)."""

    day: str
    """`2026-11-21`."""
    up: int
    """The sum of the moves up."""
    down: int
    """The sum of the moves down, as a positive number."""
    moves: int
    """How many moves and resets."""


class Move(Struct, frozen=True):
    """One change of a counter, as it was acknowledged."""

    id: UUID
    amount: int | None
    """By how much it moved; null for a reset."""
    value: int
    """Where it stood afterwards."""
    version: int
    created_at: datetime
    created_by: UUID
