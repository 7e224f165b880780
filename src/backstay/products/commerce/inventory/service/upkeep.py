"""Holds whose time is over are given back, whosever they are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

import msgspec

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, UnitOfWork
from backstay.products.commerce.inventory.queries import holds
from backstay.products.commerce.inventory.service.holding import lapse


async def sweep(database: Database, *, batch: int) -> int:
    """Give back what lapsed, a hold at a time; how many.

    Nothing waits for this: a hold that is over stands in nobody's way, swept or not.
    """
    lapsed = await database.reader(SYSTEM).all(holds.LAPSED, batch=batch)
    swept = 0
    for one in lapsed:
        house = msgspec.structs.replace(SYSTEM, organization_id=one.organization_id)
        swept += await database.run(house, _lapsing(one.holder_id))
    return swept


def _lapsing(holder: UUID) -> Callable[[UnitOfWork], Awaitable[bool]]:
    return lambda uow: lapse(uow, holder)
