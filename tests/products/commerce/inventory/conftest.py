"""A shop's stock without the shop: the tables on each database, and a short way to fill them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

import pytest

from backstay.kernel.actor import Actor
from backstay.kernel.database import Database, UnitOfWork
from backstay.kernel.event import Event
from backstay.kernel.ids import uuid7
from backstay.products.commerce import inventory
from backstay.products.commerce.inventory.service import adjusting, places
from backstay.products.commerce.inventory.service.moving import lock
from backstay.products.commerce.inventory.tables import metadata
from tests.tables import create_tables

T = TypeVar("T")


class Stock:
    """The stock of one shop of one organization."""

    def __init__(self, database: Database, actor: Actor) -> None:
        self.database = database
        self.actor = actor
        self.shop_id = uuid7()
        self.told: list[Event] = []
        self.first = False
        """Whether holders are said to hold for the first time, rightly or not."""

    def fresh(self) -> UUID:
        """An id that nothing has yet."""
        return uuid7()

    async def run(self, work: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """In a unit of its own."""
        return await self.database.run(self.actor, work)

    async def place(self, name: str, priority: int = 100, *, active: bool = True) -> UUID:
        """Open a location."""
        new = inventory.NewLocation(name=name, priority=priority, active=active)
        return (await self.run(lambda uow: places.open_location(uow, self.shop_id, new))).id

    async def put(self, variant: UUID, place: UUID, by: int) -> None:
        """Deliver so many."""
        order = inventory.Adjustment(variant_id=variant, location_id=place, by=by, reason="delivered")
        await self.run(lambda uow: adjusting.adjust(uow, self.shop_id, order))

    async def levels(self, variant: UUID) -> dict[UUID, tuple[int, int]]:
        """By location, what is on hand and what is reserved."""
        rows = (await self.run(lambda uow: lock(uow, self.shop_id, [variant]))).of(variant)
        return {row.location_id: (row.on_hand, row.reserved) for row in rows}

    async def sound(self) -> bool:
        """Whether all levels agree with the ledger and the reservations."""
        found = await inventory.invariants(self.database.reader(self.actor), self.shop_id)
        assert not found.discrepancies, found.discrepancies
        return found.holds


@pytest.fixture
async def stock(database: Database, actor: Actor) -> Stock:
    await create_tables(database, metadata)
    made = Stock(database, actor)

    async def keep(uow: UnitOfWork) -> None:
        made.told.extend(uow.published)

    database.parts.keep_events(keep)
    return made
