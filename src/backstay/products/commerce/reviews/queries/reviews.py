"""Statements about reviews, and the lists of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Boolean, ColumnElement, and_, delete, false, func, insert, or_, select, update

from backstay.kernel.database import (
    Filter,
    Uuid,
    any_of,
    at_least,
    below,
    equals,
    listing,
    param,
    statement,
)
from backstay.products.commerce.reviews.contracts import OwnReview, PublicReview, Review, ReviewState
from backstay.products.commerce.reviews.tables import reviews


class Row(Struct, frozen=True):
    """A review, with whose it is."""

    id: UUID
    product_id: UUID
    order_id: UUID | None
    line_id: str | None
    author_id: UUID | None
    author: str | None
    verified: bool
    source: str | None
    rating: int
    title: str
    text: str
    state: ReviewState
    reason: str | None
    reply: str | None
    replied_at: datetime | None
    helpful: int
    reports: int
    written_at: datetime
    updated_at: datetime
    version: int


class Place(Struct, frozen=True):
    """Which product a review is of, and which line of an order it is about."""

    id: UUID
    product_id: UUID
    line_id: str | None


def _shown(struct: type[Struct]) -> tuple[ColumnElement[Any], ...]:
    return tuple(reviews.c[name] for name in struct.__struct_fields__)


_SHOP: Final = reviews.c.shop_id == param("shop_id")
_THIS: Final = and_(_SHOP, reviews.c.id == param("id"))
_PUBLISHED: Final = reviews.c.state == ReviewState.PUBLISHED.value

CREATE = statement(insert(reviews))
GET = statement(select(*_shown(Row)).where(_THIS), Row)
LOCK = statement(select(*_shown(Row)).where(_THIS).with_for_update(), Row)
OF_ORDER = statement(
    select(*_shown(OwnReview))
    .where(_SHOP, reviews.c.order_id == param("order_id", Uuid))
    .order_by(reviews.c.id),
    OwnReview,
)
OF_SOURCE = statement(
    select(*_shown(Place)).where(
        _SHOP,
        reviews.c.source == param("source", reviews.c.source.type),
        reviews.c.source_id == param("source_id", reviews.c.source_id.type),
    ),
    Place,
)
OF_LINES = statement(
    select(*_shown(Place))
    .where(
        _SHOP,
        reviews.c.order_id == param("order_id", Uuid),
        any_of(reviews.c.line_id, "line_ids"),
        reviews.c.state != ReviewState.WITHDRAWN.value,
    )
    .order_by(reviews.c.id),
    Place,
)
_KEPT: Final = (
    *("author", "rating", "title", "text", "state", "reason", "reply", "replied_at"),
    *("reports", "written_at"),
)
KEEP = statement(
    update(reviews).where(_THIS).values({name: param(name, reviews.c[name].type) for name in _KEPT})
)
"""The caller holds the row's lock."""
REMOVE = statement(delete(reviews).where(_THIS))
COUNT = statement(select(func.count().label("count")).select_from(reviews).where(_PUBLISHED), int)

_SORTS: Final = {
    "written_at": reviews.c.written_at,
    "helpful": reviews.c.helpful,
    "rating": reviews.c.rating,
}
_STARS: Final = equals(reviews.c.rating, int, "Those with so many stars.")


def _reported(value: ColumnElement[Any]) -> ColumnElement[bool]:
    return or_(and_(value, reviews.c.reports > 0), and_(value == false(), reviews.c.reports == 0))


LIST = listing(
    select(*_shown(Review)).where(_SHOP),
    Review,
    name="reviews.list",
    key=reviews.c.id,
    sorts={**_SORTS, "reports": reviews.c.reports, "updated_at": reviews.c.updated_at},
    default=("-written_at",),
    filters={
        "state": equals(reviews.c.state, ReviewState, "Reviews that stand so."),
        "product_id": equals(reviews.c.product_id, UUID, "Reviews of this product."),
        "order_id": equals(reviews.c.order_id, UUID, "Reviews of what this order brought."),
        "rating": _STARS,
        "verified": equals(reviews.c.verified, bool, "Those of people who bought here, or the others."),
        "reported": Filter(
            bool, _reported, "Those that wait for a look since somebody reported them.", Boolean()
        ),
        "written_from": at_least(reviews.c.written_at, datetime, "Reviews written then or later."),
        "written_before": below(reviews.c.written_at, datetime, "Reviews written before."),
    },
)
PUBLISHED = listing(
    select(*_shown(PublicReview)).where(_SHOP, _PUBLISHED),
    PublicReview,
    name="reviews.published",
    key=reviews.c.id,
    sorts=_SORTS,
    default=("-written_at",),
    filters={
        "product_id": equals(reviews.c.product_id, UUID, "Reviews of this product."),
        "rating": _STARS,
        "verified": equals(reviews.c.verified, bool, "Those of people who bought here, or the others."),
    },
)
OWN = listing(
    select(*_shown(OwnReview)).where(_SHOP, reviews.c.author_id == param("author_id", Uuid)),
    OwnReview,
    name="reviews.own",
    key=reviews.c.id,
    sorts={"written_at": reviews.c.written_at},
    default=("-written_at",),
)

HELPED = statement(
    update(reviews)
    .where(_THIS)
    .values(
        helpful=reviews.c.helpful + param("by", reviews.c.helpful.type),
        # A vote is no change of what is said.
        version=reviews.c.version,
        updated_at=reviews.c.updated_at,
    )
)
REPORTED = statement(
    update(reviews).where(_THIS).values(reports=reviews.c.reports + 1, updated_at=reviews.c.updated_at)
)
"""It moves the version: whoever decides about the review without having seen the report reads again."""
