"""Levels and the ledger, for merchants."""

from __future__ import annotations

from typing import ClassVar, Final
from uuid import UUID

from backstay.kernel.database import Page, Reader, UnitOfWork
from backstay.kernel.http import Controller, FromPath, IfMatch, JSONBody, ListQuery, get, patch, post
from backstay.products.commerce.inventory.contracts import (
    Adjustment,
    Invariants,
    Level,
    Movement,
    StockTake,
    Thresholds,
    Transfer,
)
from backstay.products.commerce.inventory.errors import (
    InsufficientStock,
    NoSuchLevel,
    NoSuchLocation,
    StaleLevel,
    StockChanged,
    StockReserved,
    TooMuchStock,
)
from backstay.products.commerce.inventory.http.permissions import MANAGE, MOVE, READ
from backstay.products.commerce.inventory.queries import ledger, levels
from backstay.products.commerce.inventory.service import adjusting, reading
from backstay.products.commerce.shops import NoSuchShop, Slug, own
from backstay.systems.idempotency import Replayable

_ONCE: Final = Replayable(required=True)
"""Stock that is adjusted twice by one click is wrong, and nobody sees it."""


class LevelsController(Controller):
    """How much lies where."""

    path: ClassVar[str] = "/shops/{shop:str}/inventory"

    @get("/levels", permission=READ, listing=levels.LIST, problems=[NoSuchShop])
    async def list_levels(self, reader: Reader, shop: FromPath[Slug], query: ListQuery) -> Page[Level]:
        """List levels: how many units of each variant each location has, and has promised."""
        return await reading.list_levels(reader, (await own(reader, shop)).id, query)

    @get("/levels/{level_id:uuid}", permission=READ, problems=[NoSuchShop, NoSuchLevel])
    async def read_level(self, reader: Reader, shop: FromPath[Slug], level_id: FromPath[UUID]) -> Level:
        """Read a level."""
        return await adjusting.get(reader, (await own(reader, shop)).id, level_id)

    @patch(
        "/levels/{level_id:uuid}",
        permission=MANAGE,
        problems=[NoSuchShop, NoSuchLevel, StaleLevel, StockReserved],
    )
    async def set_thresholds(
        self,
        uow: UnitOfWork,
        shop: FromPath[Slug],
        level_id: FromPath[UUID],
        expected: IfMatch,
        data: JSONBody[Thresholds],
    ) -> Level:
        """Set how many units may be promised beyond those on hand, and from how few on a level is low."""
        found = await own(uow, shop)
        return await adjusting.set_thresholds(uow, found.id, level_id, data, expected=expected)

    @get("/movements", permission=READ, listing=ledger.LIST, problems=[NoSuchShop])
    async def list_movements(self, reader: Reader, shop: FromPath[Slug], query: ListQuery) -> Page[Movement]:
        """List the ledger: every movement of stock, why, for whom and by whom, newest first."""
        return await reading.list_movements(reader, (await own(reader, shop)).id, query)

    @post(
        "/adjustments",
        permission=MOVE,
        status=200,
        problems=[
            NoSuchShop,
            NoSuchLocation,
            StockChanged,
            InsufficientStock,
            StockReserved,
            TooMuchStock,
        ],
        declares=[_ONCE],
    )
    async def adjust(self, uow: UnitOfWork, shop: FromPath[Slug], data: JSONBody[Adjustment]) -> Level:
        """Correct a level by so many units, or to so many if there are as many as expected."""
        return await adjusting.adjust(uow, (await own(uow, shop)).id, data)

    @post(
        "/transfers",
        permission=MOVE,
        status=200,
        problems=[NoSuchShop, NoSuchLocation, InsufficientStock, TooMuchStock],
        declares=[_ONCE],
    )
    async def transfer(self, uow: UnitOfWork, shop: FromPath[Slug], data: JSONBody[Transfer]) -> list[Level]:
        """Move unpromised units to another location; answers both levels, the giving one first."""
        return await adjusting.transfer(uow, (await own(uow, shop)).id, data)

    @post(
        "/counts",
        permission=MOVE,
        status=200,
        problems=[NoSuchShop, NoSuchLocation, StockReserved],
        declares=[_ONCE],
    )
    async def count(self, uow: UnitOfWork, shop: FromPath[Slug], data: JSONBody[StockTake]) -> list[Level]:
        """Set levels of a location to what a stock take found: all lines, or none."""
        return await adjusting.count(uow, (await own(uow, shop)).id, data)

    @get("/invariants", permission=READ, problems=[NoSuchShop])
    async def invariants(self, reader: Reader, shop: FromPath[Slug]) -> Invariants:
        """Hold every level against the ledger and the reservations, and show what does not agree."""
        return await reading.invariants(reader, (await own(reader, shop)).id)
