"""What the shop window has to be told of stock."""

from __future__ import annotations

from backstay.kernel.database import UnitOfWork
from backstay.products.commerce import catalog
from backstay.products.commerce.inventory import StockCameBack, StockRanOut
from backstay.systems.events import subscribes


@subscribes()
async def show_stock(event: StockRanOut | StockCameBack, uow: UnitOfWork) -> None:
    """Let lists, facets and the home say whether there is any of a variant."""
    there = isinstance(event, StockCameBack)
    await catalog.stocked(uow, event.shop_id, {event.variant_id: there})
