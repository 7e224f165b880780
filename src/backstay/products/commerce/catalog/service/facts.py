"""What other modules tell of products: how they sell, how they are rated, whether there are any."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from backstay.kernel.database import UnitOfWork
from backstay.products.commerce.catalog.errors import NoSuchProduct
from backstay.products.commerce.catalog.queries import listings as queries
from backstay.products.commerce.catalog.queries import variants as variant_queries
from backstay.products.commerce.catalog.service import states
from backstay.products.commerce.catalog.service.writing import move


async def sold(uow: UnitOfWork, shop_id: UUID, units: Mapping[UUID, int]) -> None:
    """So many units of products were sold in all. Unknown products are passed over.

    It waits for whoever else changes the shop's catalogue: call it where sums are kept, and not in the
    commit of an order.
    """
    revision = await move(uow, shop_id)
    await uow.execute_many(
        queries.SOLD,
        [
            {"shop_id": shop_id, "revision": revision, "product_id": id_, "units": count}
            for id_, count in sorted(units.items())
        ],
    )


async def rated(
    uow: UnitOfWork, shop_id: UUID, product_id: UUID, *, rating: int | None, rating_count: int
) -> None:
    """A product is rated so by so many: thousandths of a star, None for nobody.

    Raises:
        NoSuchProduct: the shop has none with this id.
        ValueError: the rating is not from 1000 to 5000, or is of nobody.
    """
    if (rating is None) != (rating_count == 0) or (rating is not None and not 1000 <= rating <= 5000):
        raise ValueError(f"{rating!r} of {rating_count} is no rating in thousandths of a star")
    revision = await move(uow, shop_id)
    touched = await uow.execute(
        queries.RATED,
        shop_id=shop_id,
        revision=revision,
        product_id=product_id,
        rating=rating,
        rating_count=rating_count,
    )
    if not touched:
        raise NoSuchProduct


async def gate(uow: UnitOfWork, shop_id: UUID, variant_ids: Collection[UUID], *, gated: bool) -> set[UUID]:
    """These variants are sold to those alone whose turn it is, or to everybody again, as `Offer.gated` says.

    Returns:
        Those that the shop has.
    """
    if not variant_ids:
        return set()
    ids = [str(id_) for id_ in sorted(variant_ids)]
    return set(await uow.all(variant_queries.GATE, shop_id=shop_id, ids=ids, gated=gated))


async def stocked(uow: UnitOfWork, shop_id: UUID, available: Mapping[UUID, bool]) -> None:
    """Of these variants there are some, or none; a product is in stock while any of its variants is.

    Costs two statements where nothing differs from what was told before.
    """
    touched: set[UUID] = set()
    for in_stock in (True, False):
        ids = [str(id_) for id_, there in sorted(available.items()) if there is in_stock]
        if ids:
            touched |= set(
                await uow.all(variant_queries.STOCKED, shop_id=shop_id, ids=ids, in_stock=in_stock)
            )
    if not touched:
        return
    revision = await move(uow, shop_id)
    wholes = await states.read(uow, shop_id, touched)
    await uow.execute_many(
        queries.RESTOCKED,
        [
            {
                "shop_id": shop_id,
                "revision": revision,
                "product_id": id_,
                "in_stock": any(one.in_stock for one in state.variants),
            }
            for id_, (_, state) in sorted(wholes.items())
        ],
    )
