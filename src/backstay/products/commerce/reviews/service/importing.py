"""Reviews that were written elsewhere."""

from __future__ import annotations

from uuid import UUID

from msgspec import structs

from backstay.kernel.database import UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.products.commerce.reviews.contracts import ImportedReview, ReviewState
from backstay.products.commerce.reviews.queries import reviews as queries
from backstay.products.commerce.reviews.service.keeping import (
    UNTOUCHED,
    count,
    for_change,
    hold,
    save,
    take_out,
)
from backstay.products.commerce.shops import Shop


async def import_review(uow: UnitOfWork, shop: Shop, new: ImportedReview) -> UUID:
    """Take a review over from elsewhere: published at once, never verified; its id here.

    The same `source_id` of the same source again changes that review, so an import can go on after a
    crash, or be made twice; what a merchant decided about it stays. Several in one unit: sort them by
    product, so that units that run at once do not wait for each other.

    Raises:
        NoSuchProduct: the shop has no such product.
    """
    there = await uow.first(queries.OF_SOURCE, shop_id=shop.id, source=new.source, source_id=new.source_id)
    if there is not None:
        before = await for_change(uow, shop.id, there.id)
        if before.product_id == new.product_id:
            said = {name: getattr(new, name) for name in ("author", "rating", "title", "text", "written_at")}
            await save(uow, shop.id, before, structs.replace(before, **said))
            return before.id
        await take_out(uow, shop.id, before)
    await hold(uow, shop.id, [new.product_id])
    id_ = uuid7()
    await uow.execute(
        queries.CREATE,
        id=id_,
        shop_id=shop.id,
        order_id=None,
        line_id=None,
        author_id=None,
        verified=False,
        state=ReviewState.PUBLISHED,
        **structs.asdict(new),
        **UNTOUCHED,
    )
    await count(uow, shop.id, new.product_id, gone=None, come=new.rating)
    return id_
