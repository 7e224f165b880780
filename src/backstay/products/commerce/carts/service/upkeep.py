"""Carts whose time is over go."""

from __future__ import annotations

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database
from backstay.products.commerce.carts import queries
from backstay.products.commerce.carts.settings import CartsSettings


async def expire(database: Database) -> int:
    """Remove carts whose time is over, in bounded transactions; how many."""
    batch = database.parts.part(CartsSettings).expire_batch
    gone = 0
    while True:
        some = await database.run(SYSTEM, lambda uow: uow.execute(queries.EXPIRE, batch=batch))
        gone += some
        if some < batch:
            return gone
