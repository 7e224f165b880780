"""A review, as merchants, its author and everybody see it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

from backstay.kernel.patterns import NOT_BLANK

TITLE_LENGTH: Final = 150
TEXT_LENGTH: Final = 5_000
STARS: Final = (1, 2, 3, 4, 5)

Stars = Annotated[int, Meta(ge=1, le=5, description="Stars.")]
Title = Annotated[str, Meta(max_length=TITLE_LENGTH)]
Text = Annotated[str, Meta(max_length=TEXT_LENGTH)]
AuthorName = Annotated[
    str,
    Meta(min_length=1, max_length=60, pattern=NOT_BLANK, description="Shown beside it.", examples=["Ada"]),
]
Reason = Annotated[str, Meta(min_length=1, max_length=500, pattern=NOT_BLANK)]


class ReviewState(StrEnum):
    """Where a review stands; only published ones are shown and count."""

    PENDING = "pending"
    """The shop looks at new ones first."""
    PUBLISHED = "published"
    REJECTED = "rejected"
    """By a merchant, who said why."""
    WITHDRAWN = "withdrawn"
    """The line that it was about was wholly refunded."""


class Review(Struct, frozen=True):
    """A review, as merchants see it."""

    id: UUID
    product_id: UUID
    order_id: UUID | None
    line_id: str | None
    author: str | None
    """What they call themselves here."""
    verified: bool
    """Whether its author bought the product here, and it was sent to them."""
    source: str | None
    """Of an imported one: where it comes from."""
    rating: int
    title: str
    text: str
    state: ReviewState
    reason: str | None
    """Why it is not shown."""
    reply: str | None
    """The merchant's, shown below it."""
    replied_at: datetime | None
    helpful: int
    """Accounts that found it helpful."""
    reports: int
    """Accounts that reported it since a merchant last decided about it."""
    written_at: datetime
    updated_at: datetime
    version: int
    """Grows with every change of it; send it back as `If-Match`."""


class PublicReview(Struct, frozen=True):
    """A review, as everybody sees it."""

    id: UUID
    product_id: UUID
    author: str | None
    verified: bool
    source: str | None
    rating: int
    title: str
    text: str
    reply: str | None
    replied_at: datetime | None
    helpful: int
    written_at: datetime


class OwnReview(Struct, frozen=True):
    """A review, as its author sees it."""

    id: UUID
    product_id: UUID
    order_id: UUID | None
    line_id: str | None
    author: str | None
    rating: int
    title: str
    text: str
    state: ReviewState
    reason: str | None
    reply: str | None
    helpful: int
    written_at: datetime
    updated_at: datetime
    version: int


class ReviewReport(Struct, frozen=True):
    """What somebody holds against a review."""

    id: UUID
    reason: str
    text: str
    reported_at: datetime
    handled_at: datetime | None
    """When a merchant decided about the review since."""
