"""Every change of what is said of a product, and what its rating comes to after it: one commit.

Whoever changes reviews holds their product first, then the review, then (in `catalog.rated`) the shop's
window: always in this order, so that nobody waits for each other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final
from uuid import UUID

from backstay.kernel.database import Reader, UnitOfWork
from backstay.products.commerce import catalog
from backstay.products.commerce.reviews.contracts import ReviewSettings, ReviewState, Tally
from backstay.products.commerce.reviews.errors import NoSuchReview, ReviewWithdrawn, StaleReview
from backstay.products.commerce.reviews.events import RatingChanged
from backstay.products.commerce.reviews.queries import ratings as queries
from backstay.products.commerce.reviews.queries import reviews as review_queries
from backstay.products.commerce.reviews.queries.reviews import Row
from backstay.products.commerce.reviews.service.rating import bayesian

UNTOUCHED: Final[dict[str, Any]] = {
    "reason": None,
    "reply": None,
    "replied_at": None,
    "helpful": 0,
    "reports": 0,
}
"""What nobody has said of a new review yet."""


async def hold(uow: UnitOfWork, shop_id: UUID, product_ids: Collection[UUID]) -> None:
    """Let nobody else change reviews of these products until the unit ends."""
    rows = [{"shop_id": shop_id, "product_id": one} for one in sorted(set(product_ids))]
    await uow.execute_many(queries.HOLD, rows)


async def get(reader: Reader, shop_id: UUID, review_id: UUID) -> Row:
    """A review of the shop.

    Raises:
        NoSuchReview: it has none with this id.
    """
    row = await reader.first(review_queries.GET, shop_id=shop_id, id=review_id)
    if row is None:
        raise NoSuchReview
    return row


async def for_change(uow: UnitOfWork, shop_id: UUID, review_id: UUID, *, expected: int | None = None) -> Row:
    """A review that nobody else changes, nor any other of its product, until the unit ends.

    Raises:
        NoSuchReview: the shop has none with this id.
        StaleReview: it has another version than `expected`.
        ReviewWithdrawn: nothing can be changed about it any more.
    """
    await hold(uow, shop_id, [(await get(uow, shop_id, review_id)).product_id])
    row = await uow.first(review_queries.LOCK, shop_id=shop_id, id=review_id)
    if row is None:
        raise NoSuchReview
    if expected not in {None, row.version}:
        stale = StaleReview(version=row.version)
        stale.headers["ETag"] = f'"{row.version}"'
        raise stale
    if row.state is ReviewState.WITHDRAWN:
        raise ReviewWithdrawn
    return row


async def save(uow: UnitOfWork, shop_id: UUID, before: Row, after: Row) -> None:
    """Keep a review as it is now, and what its product's rating comes to by it; its product is held."""
    await uow.execute(
        review_queries.KEEP,
        shop_id=shop_id,
        id=before.id,
        author=after.author,
        rating=after.rating,
        title=after.title,
        text=after.text,
        state=after.state,
        reason=after.reason,
        reply=after.reply,
        replied_at=after.replied_at,
        reports=after.reports,
        written_at=after.written_at,
    )
    await count(uow, shop_id, before.product_id, gone=_counted(before), come=_counted(after))


async def take_out(uow: UnitOfWork, shop_id: UUID, row: Row) -> None:
    """Remove a review; its product is held."""
    await uow.execute(review_queries.REMOVE, shop_id=shop_id, id=row.id)
    await count(uow, shop_id, row.product_id, gone=_counted(row), come=None)


def _counted(row: Row) -> int | None:
    return row.rating if row.state is ReviewState.PUBLISHED else None


async def count(
    uow: UnitOfWork, shop_id: UUID, product_id: UUID, *, gone: int | None, come: int | None
) -> None:
    """Count a review out of its product's stars, and one in; the product is held.

    Raises:
        NoSuchProduct: the shop has no such product.
    """
    if gone == come:
        return
    moved = dict.fromkeys(Tally.__struct_fields__, 0)
    for star, by in ((gone, -1), (come, 1)):
        if star is not None:
            moved[Tally.__struct_fields__[star - 1]] += by
    tally = await _move(uow, product_id, moved)
    await rate(uow, shop_id, product_id, tally, await settings_of(uow, shop_id))


async def _move(uow: UnitOfWork, product_id: UUID, by: Mapping[str, int]) -> Tally:
    """So many more of each star, or fewer."""
    return await uow.one(queries.MOVE, product_id=product_id, **by)


async def rate(uow: UnitOfWork, shop_id: UUID, product_id: UUID, tally: Tally, rule: ReviewSettings) -> None:
    """Write down what a tally comes to, here and in the shop's window; the product is held."""
    rating = bayesian(tally, rule)
    await uow.execute(queries.RATE, product_id=product_id, rating=rating)
    await catalog.rated(uow, shop_id, product_id, rating=rating, rating_count=tally.count)
    uow.publish(RatingChanged(shop_id=shop_id, product_id=product_id, rating=rating, count=tally.count))


async def settings_of(reader: Reader, shop_id: UUID) -> ReviewSettings:
    """The shop's rule; read it with the product held, as whoever changes it rates all products then."""
    return await reader.first(queries.SETTINGS, shop_id=shop_id) or ReviewSettings()
