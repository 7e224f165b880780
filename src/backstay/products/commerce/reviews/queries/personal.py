"""Statements about what reviews keep of a person, in every organization."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import null, select, update

from backstay.kernel.database import Uuid, param, statement
from backstay.products.commerce.reviews.contracts import ReviewState
from backstay.products.commerce.reviews.tables import reports, reviews, votes


class OwnReview(Struct, frozen=True):
    """A person's review in an export."""

    organization_id: UUID
    product_id: UUID
    author: str | None
    rating: int
    title: str
    text: str
    state: ReviewState
    written_at: datetime


class OwnVote(Struct, frozen=True):
    """A review that a person found helpful."""

    organization_id: UUID
    review_id: UUID
    voted_at: datetime


class OwnReport(Struct, frozen=True):
    """What a person held against a review."""

    organization_id: UUID
    review_id: UUID
    reason: str
    text: str
    reported_at: datetime


_PERSON: Final = param("user_id", Uuid)

REVIEWS_OF: Final = statement(
    select(*(reviews.c[name] for name in OwnReview.__struct_fields__))
    .where(reviews.c.author_id == _PERSON)
    .order_by(reviews.c.id),
    OwnReview,
    unscoped=True,
)
VOTES_OF: Final = statement(
    select(*(votes.c[name] for name in OwnVote.__struct_fields__))
    .where(votes.c.voter_id == _PERSON)
    .order_by(votes.c.id),
    OwnVote,
    unscoped=True,
)
REPORTS_OF: Final = statement(
    select(*(reports.c[name] for name in OwnReport.__struct_fields__))
    .where(reports.c.reporter_id == _PERSON)
    .order_by(reports.c.id),
    OwnReport,
    unscoped=True,
)
ERASE_REVIEWS: Final = statement(
    update(reviews)
    .where(reviews.c.author_id == _PERSON)
    .values(
        author_id=null(), author=null(), title="", text="", reason=null(), reply=null(), replied_at=null()
    ),
    unscoped=True,
)
"""The stars stay, as nobody's; the words go, and with them the reply to them."""
ERASE_VOTES: Final = statement(
    update(votes).where(votes.c.voter_id == _PERSON).values(voter_id=null()), unscoped=True
)
ERASE_REPORTS: Final = statement(
    update(reports).where(reports.c.reporter_id == _PERSON).values(reporter_id=null(), text=""), unscoped=True
)
