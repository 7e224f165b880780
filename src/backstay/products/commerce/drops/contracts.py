"""Drops: the sale of something scarce, and the queue of those who want it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from backstay.kernel.patterns import NOT_BLANK

AFTERWARDS: Final = 1 << 52
"""Positions from here on are of those who joined once it was open, in the order in which they did; below it
are the drawn ones. Both fit into what JavaScript counts exactly."""

DropName = Annotated[str, Meta(min_length=1, max_length=200, pattern=NOT_BLANK, examples=["Winter boots"])]
Moment = Annotated[datetime, Meta(tz=True)]
Variants = Annotated[tuple[UUID, ...], Meta(min_length=1, max_length=100)]
AtOnce = Annotated[int, Meta(ge=1, le=100_000, description="People who may buy at the same time.")]
Seconds = Annotated[int, Meta(ge=60, le=3600, description="How long somebody whose turn it is may buy.")]
PlaceToken = Annotated[
    str, Meta(min_length=1, max_length=200, description="The place, as joining was answered. Keep it secret.")
]


class DropState(StrEnum):
    """Where a drop is."""

    UPCOMING = "upcoming"
    """Places are taken, and nobody is let in yet."""
    OPEN = "open"
    CLOSED = "closed"
    """What it gated is everybody's to buy."""


class DropPlaceState(StrEnum):
    """Where somebody is."""

    WAITING = "waiting"
    ADMITTED = "admitted"
    """It is their turn."""
    BOUGHT = "bought"
    LAPSED = "lapsed"
    """Their time was over before they bought."""
    LEFT = "left"
    """They gave it up."""
    CLOSED = "closed"
    """The drop ended before they bought."""


class NewDrop(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A drop to be made. From now on the variants are bought in turn alone."""

    name: DropName
    variants: Variants
    opens_at: Moment
    closes_at: Moment | None = None
    """From this moment on everybody may buy; until it is closed by hand when None."""
    at_once: AtOnce
    seconds: Seconds = 600


class DropChanges(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change before it opens; what is left out stays."""

    name: DropName | UnsetType = UNSET
    variants: Variants | UnsetType = UNSET
    opens_at: Moment | UnsetType = UNSET
    closes_at: Moment | UnsetType | None = UNSET
    at_once: AtOnce | UnsetType = UNSET
    seconds: Seconds | UnsetType = UNSET


class Drop(Struct, frozen=True):
    """A drop, for its merchants."""

    id: UUID
    name: str
    state: DropState
    variants: tuple[UUID, ...]
    opens_at: datetime
    closes_at: datetime | None
    """When it will close by itself, or was closed."""
    at_once: int
    seconds: int
    waiting: int
    admitted: int
    """Whose time is not over."""
    bought: int
    lapsed: int
    created_at: datetime
    updated_at: datetime
    version: int
    """Grows with every change of its terms; send it back as `If-Match`."""


class StoreDrop(Struct, frozen=True):
    """A drop, for shoppers."""

    id: UUID
    name: str
    state: DropState
    variants: tuple[UUID, ...]
    opens_at: datetime
    closes_at: datetime | None
    seconds: int
    """How long somebody whose turn it is may buy."""
    waiting: int


class DropPlace(Struct, frozen=True, kw_only=True):
    """Somebody's place."""

    id: UUID
    drop_id: UUID
    drop: str
    """Its name."""
    state: DropPlaceState
    ahead: int | None
    """How many come before; None before it opens, when the order is not drawn yet, and once it was their
    turn."""
    until: datetime | None
    """Of whose turn it is: how long."""
    opens_at: datetime
    seconds: int


class DropJoined(Struct, frozen=True, kw_only=True):
    """A place that was taken."""

    token: str
    """Whoever has it, has the place: send it as `X-Drop-Place`, and as `place` with the checkout."""
    place: DropPlace


class DropPlaceRow(Struct, frozen=True):
    """A place in a merchant's list."""

    id: UUID
    position: int
    """Nobody passes anybody: who has the smaller one is let in first."""
    state: DropPlaceState
    customer_id: UUID | None
    joined_at: datetime
    admitted_at: datetime | None
    until: datetime | None
    ended_at: datetime | None
    """When it was used, or given up."""
    source_id: UUID | None
    """The purchase that it was used for: what the order knows as its cart."""
