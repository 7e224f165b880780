"""What is asked of reviews."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from backstay.kernel.patterns import NOT_BLANK
from backstay.products.commerce.reviews.contracts.reviews import (
    TEXT_LENGTH,
    AuthorName,
    Reason,
    Stars,
    Text,
    Title,
)


class NewReview(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A review of what a line of an order brought."""

    line_id: Annotated[str, Meta(min_length=1, max_length=100)]
    rating: Stars
    title: Title = ""
    text: Text = ""
    author: AuthorName | None = None
    """Nobody's name is shown where it is not said."""


class ReviewChanges(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What its author changes; what is left out stays."""

    rating: Stars | UnsetType = UNSET
    title: Title | UnsetType = UNSET
    text: Text | UnsetType = UNSET
    author: AuthorName | UnsetType | None = UNSET


class ReviewRejection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a review is not shown; its author reads it."""

    reason: Reason


class ReviewReply(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a merchant says to a review, for everybody."""

    text: Annotated[str, Meta(min_length=1, max_length=TEXT_LENGTH, pattern=NOT_BLANK)]


class ReviewReportReason(StrEnum):
    """What may be wrong with a review."""

    SPAM = "spam"
    OFFENSIVE = "offensive"
    PRIVATE = "private"
    """It says what is nobody's business."""
    UNRELATED = "unrelated"
    """It is not about the product."""
    UNLAWFUL = "unlawful"
    OTHER = "other"


class NewReviewReport(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A review that a merchant should look at."""

    reason: ReviewReportReason
    text: Annotated[str, Meta(max_length=1_000)] = ""


class ImportedReview(Struct, frozen=True, kw_only=True):
    """A review that was written elsewhere. It is shown as such, and never as verified."""

    product_id: UUID
    source: Annotated[str, Meta(min_length=1, max_length=60)]
    """Where it comes from, as it is shown."""
    source_id: Annotated[str, Meta(min_length=1, max_length=200)]
    """Its name there: what is imported again changes what was imported before."""
    rating: Stars
    title: Title = ""
    text: Text = ""
    author: AuthorName | None = None
    written_at: datetime
