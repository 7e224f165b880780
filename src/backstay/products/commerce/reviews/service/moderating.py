"""What merchants do with reviews: show them, or not and say why, answer them, and say how they count."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import msgspec
from msgspec import structs

from backstay.kernel.database import ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.trail import record
from backstay.products.commerce.reviews.contracts import (
    Rerate,
    Review,
    ReviewReport,
    ReviewSettings,
    ReviewState,
)
from backstay.products.commerce.reviews.queries import opinions, ratings
from backstay.products.commerce.reviews.queries import reviews as queries
from backstay.products.commerce.reviews.queries.reviews import Row
from backstay.products.commerce.reviews.service.keeping import (
    for_change,
    get,
    hold,
    rate,
    save,
    settings_of,
)
from backstay.products.commerce.shops import Shop
from backstay.systems.jobs import JobContext

_AT_ONCE: Final = 50
"""Products rated in one commit: others who change the shop's catalogue wait for it."""
_FIRST: Final = UUID(int=0)


def shown(row: Row) -> Review:
    """A review, as merchants see it."""
    return Review(**{name: getattr(row, name) for name in Review.__struct_fields__})


async def list_(reader: Reader, shop: Shop, request: ListRequest) -> Page[Review]:
    """The shop's reviews."""
    return await reader.page(queries.LIST, request, shop_id=shop.id)


async def reports(reader: Reader, shop: Shop, review_id: UUID, request: ListRequest) -> Page[ReviewReport]:
    """What is held against a review.

    Raises:
        NoSuchReview: the shop has none with this id.
    """
    await get(reader, shop.id, review_id)
    return await reader.page(opinions.LIST, request, review_id=review_id)


async def publish(uow: UnitOfWork, shop: Shop, review_id: UUID, *, expected: int) -> Review:
    """Show a review. Reports of it are handled by that.

    Raises:
        NoSuchReview: the shop has none with this id.
        StaleReview: it was changed since.
        ReviewWithdrawn: what it is about was refunded.
    """
    return await _decide(uow, shop, review_id, expected, ReviewState.PUBLISHED, None)


async def reject(uow: UnitOfWork, shop: Shop, review_id: UUID, reason: str, *, expected: int) -> Review:
    """Do not show a review; its author reads why. Reports of it are handled by that.

    Raises:
        NoSuchReview: the shop has none with this id.
        StaleReview: it was changed since.
        ReviewWithdrawn: what it is about was refunded.
    """
    return await _decide(uow, shop, review_id, expected, ReviewState.REJECTED, reason)


async def _decide(
    uow: UnitOfWork, shop: Shop, review_id: UUID, expected: int, state: ReviewState, reason: str | None
) -> Review:
    before = await for_change(uow, shop.id, review_id, expected=expected)
    after = structs.replace(before, state=state, reason=reason, reports=0)
    await save(uow, shop.id, before, after)
    await uow.execute(opinions.HANDLED, review_id=review_id)
    record(
        uow,
        f"reviews.review_{state}",
        subject=("review", review_id),
        before={"state": before.state, "reason": before.reason},
        after={"state": state, "reason": reason},
    )
    return shown(await get(uow, shop.id, review_id))


async def reply(uow: UnitOfWork, shop: Shop, review_id: UUID, text: str | None, *, expected: int) -> Review:
    """Say something to a review, for everybody, instead of what was said; None takes it back.

    Raises:
        NoSuchReview: the shop has none with this id.
        StaleReview: it was changed since.
        ReviewWithdrawn: what it is about was refunded.
    """
    before = await for_change(uow, shop.id, review_id, expected=expected)
    after = structs.replace(before, reply=text, replied_at=None if text is None else uow.now())
    await save(uow, shop.id, before, after)
    record(
        uow,
        "reviews.reply_changed",
        subject=("review", review_id),
        before={"reply": before.reply},
        after={"reply": text},
    )
    return shown(await get(uow, shop.id, review_id))


async def set_settings(uow: UnitOfWork, shop: Shop, new: ReviewSettings) -> ReviewSettings:
    """Replace the shop's rule; if products are rated otherwise by it, a job rates them all anew."""
    before = await settings_of(uow, shop.id)
    if before == new:
        return new
    await uow.execute(ratings.SET, shop_id=shop.id, **structs.asdict(new))
    if (before.prior_mean, before.prior_weight) != (new.prior_mean, new.prior_weight):
        await Rerate(shop_id=shop.id).enqueue(uow)
    record(
        uow,
        "reviews.settings_set",
        subject=("shop", shop.id),
        before=msgspec.to_builtins(before),
        after=msgspec.to_builtins(new),
    )
    return new


async def rerate(context: JobContext, shop_id: UUID) -> int:
    """Rate all products of a shop by the rule that holds now; how many. Twice is once."""
    done, after = 0, _FIRST
    while True:
        async with context.transaction() as uow:
            products = await uow.all(ratings.OF_SHOP, shop_id=shop_id, after=after, limit=_AT_ONCE)
            if not products:
                return done
            await hold(uow, shop_id, products)
            rule = await settings_of(uow, shop_id)
            for one in products:
                await rate(uow, shop_id, one, await uow.one(ratings.TALLY, product_id=one), rule)
            done, after = done + len(products), products[-1]
