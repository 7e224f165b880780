"""What follows from the sums: counting a shop again that moved, telling the catalogue what sells."""

from __future__ import annotations

from functools import partial
from itertools import groupby
from typing import Final

import msgspec

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, UnitOfWork
from backstay.products.commerce import catalog, shops
from backstay.products.commerce.insights.queries import counting as queries
from backstay.products.commerce.insights.queries.counting import Recount, Untold
from backstay.products.commerce.insights.service.counting import count
from backstay.products.commerce.insights.service.projecting import PART, generation_of
from backstay.products.commerce.orders import figuring

_TOLD: Final = 500
"""Products of which the catalogue is told in one go."""


async def tend(database: Database) -> int:
    """Do what there is to do, a transaction for each part; how many parts that was."""
    parts = 0
    while found := await database.reader(SYSTEM).all(queries.RECOUNTS):
        for one in found:
            house = msgspec.structs.replace(SYSTEM, organization_id=one.organization_id)
            await database.run(house, partial(_recount, one=one))
            parts += 1
    while True:
        generation = await generation_of(database.reader(SYSTEM))
        untold = await database.reader(SYSTEM).all(queries.UNTOLD, generation=generation, limit=_TOLD)
        for (organization_id, _), rows in groupby(untold, key=lambda one: (one.organization_id, one.shop_id)):
            house = msgspec.structs.replace(SYSTEM, organization_id=organization_id)
            await database.run(house, partial(_tell, generation=generation, rows=list(rows)))
            parts += 1
        if len(untold) < _TOLD:
            return parts


async def _recount(uow: UnitOfWork, *, one: Recount) -> None:
    of = {"generation": one.generation, "shop_id": one.shop_id}
    shop = await shops.get(uow, one.shop_id)
    held = await uow.one(queries.HOLD, **of, zone=shop.time_zone)
    if held.recount_after is None:
        return
    page = await figuring.shop_figures(uow, one.shop_id, after=held.recount_after, limit=PART)
    await count(uow, one.generation, one.shop_id, page)
    after = page[-1].order_id if len(page) == PART else None
    if held.zone == shop.time_zone:
        await uow.execute(queries.MOVE, **of, zone=held.zone, recount_after=after)


async def _tell(uow: UnitOfWork, *, generation: int, rows: list[Untold]) -> None:
    """What the catalogue is told is how many there are in all: told twice, nothing is wrong."""
    shop_id = rows[0].shop_id
    await catalog.sold(uow, shop_id, {row.product_id: max(0, row.units) for row in rows})
    await uow.execute_many(
        queries.TELL,
        [
            {"generation": generation, "shop_id": shop_id, "product_id": row.product_id, "units": row.units}
            for row in rows
        ],
    )
