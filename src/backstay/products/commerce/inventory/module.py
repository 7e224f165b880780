"""The manifest of inventory."""

from __future__ import annotations

from backstay.kernel.database import Reader
from backstay.kernel.guarantees import declared_in
from backstay.kernel.module import Card, Module
from backstay.products.commerce.inventory import tables
from backstay.products.commerce.inventory.events import StockCameBack, StockRanLow, StockRanOut
from backstay.products.commerce.inventory.http import (
    MANAGE,
    MOVE,
    READ,
    AvailabilityController,
    LevelsController,
    LocationsController,
    ReservationsController,
)
from backstay.products.commerce.inventory.jobs import SWEEPING, sweep_holds
from backstay.products.commerce.inventory.queries.levels import COUNT_LOW
from backstay.products.commerce.inventory.service import PERSONAL
from backstay.products.commerce.inventory.settings import InventorySettings


async def card(reader: Reader) -> Card:
    """How many levels are low."""
    low = await reader.one(COUNT_LOW)
    return Card(str(low), "levels of stock are low")


module = Module(
    name="inventory",
    summary="How much of each variant lies where and to whom it is promised; never more than there is.",
    package=__package__,
    requires=["events", "idempotency", "jobs", "shops"],
    tables=tables.metadata,
    controllers=[LocationsController, ReservationsController, LevelsController, AvailabilityController],
    permissions=[READ, MOVE, MANAGE],
    settings=InventorySettings,
    events=[StockRanLow, StockRanOut, StockCameBack],
    declares=[sweep_holds, SWEEPING, PERSONAL],
    guarantees=declared_in(f"{__package__}.guarantees"),
    card=card,
)
