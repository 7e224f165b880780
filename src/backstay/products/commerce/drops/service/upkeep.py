"""Drops go on when nobody looks: the next are let in, and what is over gives back what it gated."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

import msgspec

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, UnitOfWork
from backstay.products.commerce import catalog
from backstay.products.commerce.drops.contracts import DropState
from backstay.products.commerce.drops.queries import drops as queries
from backstay.products.commerce.drops.service.queueing import let_in


async def advance(database: Database) -> int:
    """Take all running drops on, each in a commit of its own; how many people were let in."""
    admitted = 0
    for one in await database.reader(SYSTEM).all(queries.RUNNING):
        house = msgspec.structs.replace(SYSTEM, organization_id=one.organization_id)
        admitted += await database.run(house, _advancing(one.id))
    return admitted


async def end(uow: UnitOfWork, drop_id: UUID) -> None:
    """Let a drop whose time is over give back what it gated, once."""
    drop = await uow.first(queries.LOCK_ANY, id=drop_id)
    if drop is None or drop.ended or drop.state is not DropState.CLOSED:
        return
    await uow.execute(queries.END, id=drop_id)
    await catalog.gate(uow, drop.shop_id, await uow.all(queries.UNGATE, id=drop_id), gated=False)


def _advancing(drop_id: UUID) -> Callable[[UnitOfWork], Awaitable[int]]:
    async def work(uow: UnitOfWork) -> int:
        drop = await uow.first(queries.LOCK_ANY, id=drop_id)
        if drop is None:
            return 0
        await end(uow, drop_id)
        return await let_in(uow, drop)

    return work
