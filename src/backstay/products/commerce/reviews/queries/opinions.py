"""Statements about what people say of a review: that it helped, or that something is wrong with it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, insert, select, update

from backstay.kernel.database import ACTOR, NOW, listing, param, statement
from backstay.products.commerce.reviews.contracts import ReviewReport
from backstay.products.commerce.reviews.tables import reports, votes

_VOTE = (votes.c.review_id == param("review_id"), votes.c.voter_id == ACTOR)
VOTE = statement(insert(votes))
VOTED = statement(select(votes.c.id).where(*_VOTE), UUID)
UNVOTE = statement(delete(votes).where(*_VOTE))

REPORT = statement(insert(reports))
REPORTED = statement(
    select(reports.c.id).where(reports.c.review_id == param("review_id"), reports.c.reporter_id == ACTOR),
    UUID,
)
HANDLED = statement(
    update(reports)
    .where(reports.c.review_id == param("review_id"), reports.c.handled_at.is_(None))
    .values(handled_at=NOW)
)
LIST = listing(
    select(*(reports.c[name] for name in ReviewReport.__struct_fields__)).where(
        reports.c.review_id == param("review_id")
    ),
    ReviewReport,
    name="reviews.reports",
    key=reports.c.id,
    sorts={"reported_at": reports.c.reported_at},
    default=("-reported_at",),
)
