"""Sample carts: what people have put into them and not bought yet."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from backstay.kernel.database import UnitOfWork
from backstay.kernel.seeding import Seeding
from backstay.products.commerce import catalog
from backstay.products.commerce.carts import service
from backstay.products.commerce.carts.contracts import AddLine, NewCart, Proof
from backstay.products.commerce.shops import Shop, own

_SHOP: Final = "harbour-street"
_SMALL: Final = 4
_SEEN: Final = 12
_PRODUCTS: Final = 40
"""Of the sample catalogue, at its smallest."""


async def seed(seeding: Seeding) -> None:
    """Let people who are signed in fill carts, some of the last days."""
    async with seeding.unit() as uow:
        shop = await own(uow, _SHOP)
        found = await catalog.find_skus(uow, shop, _skus(seeding.count(_PRODUCTS)))
    goods = [found[sku][0] for sku in sorted(found)]
    for batch in seeding.batches(seeding.count(_SMALL), of=4):
        async with seeding.unit(at=seeding.past(days=9)) as uow:
            for _ in batch:
                await _fill(seeding, uow, shop, goods)


def _skus(products: int) -> list[str]:
    """Of the sample catalogue."""
    return [f"HS-{number + 1:04}-{place + 1}" for number in range(products) for place in range(4)]


async def _fill(seeding: Seeding, uow: UnitOfWork, shop: Shop, goods: list[UUID]) -> None:
    seen = seeding.random.sample(goods, min(_SEEN, len(goods)))
    # Some of the catalogue is not out yet.
    offers = await catalog.offers(uow, shop, seen, currency=shop.currency)
    wanted = list(offers)[: seeding.random.randint(1, 4)]
    lines = tuple(
        AddLine(variant_id=one, quantity=seeding.weighted({1: 6, 2: 3, 4: 1})) for one in sorted(wanted)
    )
    await service.open_(uow, shop, NewCart(email=seeding.email(), lines=lines), Proof(seeding.uuid(), None))
