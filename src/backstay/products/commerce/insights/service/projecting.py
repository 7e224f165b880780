"""The projection: events count their orders as they are by then; a new generation begins with all orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.event import Event
from backstay.products.commerce.insights.contracts.reports import Counting
from backstay.products.commerce.insights.queries import counting as queries
from backstay.products.commerce.insights.service.counting import count
from backstay.products.commerce.orders import ORDER_EVENTS, OrderEventTold, OrderFigures, figuring
from backstay.systems.events import Projection, Recorded, active_generation

PART: Final = 400
"""Orders that are counted in one transaction: on SQLite others wait for it."""


async def apply(uow: UnitOfWork, generation: int, told: Sequence[tuple[Recorded, Event]]) -> None:
    """Count the orders that events are about, each once and as it is now; the events themselves add nothing.

    So an event that comes late, twice or before an earlier one ends in the same sums.
    """
    about = {event.order_id for _, event in told if isinstance(event, OrderEventTold)}
    of_shops: dict[UUID, list[OrderFigures]] = {}
    for figures in await figuring.figures(uow, sorted(about)):
        of_shops.setdefault(figures.shop_id, []).append(figures)
    for shop_id, orders in sorted(of_shops.items()):
        await count(uow, generation, shop_id, orders)


async def fill(uow: UnitOfWork, generation: int) -> bool:
    """Count the next part of the orders that are there; whether these were the last."""
    held = await uow.first(queries.FILL, generation=generation)
    if held is None:
        total = await figuring.count_all(uow)
        held = queries.Fill(generation, figuring.FIRST, 0, total, done=False)
        await uow.execute(queries.BEGIN_FILL, **msgspec.structs.asdict(held))
    page = await figuring.all_figures(uow, after=held.after_id, limit=PART)
    of_shops: dict[tuple[UUID, UUID], list[OrderFigures]] = {}
    for organization_id, one in page:
        of_shops.setdefault((organization_id, one.shop_id), []).append(one)
    for (organization_id, shop_id), figures in sorted(of_shops.items()):
        house = msgspec.structs.replace(SYSTEM, organization_id=organization_id)
        await count(uow.on_behalf(house), generation, shop_id, figures)
    done = len(page) < PART
    await uow.execute(
        queries.MOVE_FILL,
        generation=generation,
        after_id=page[-1][1].order_id if page else held.after_id,
        more=len(page),
        done=done,
    )
    return done


async def progress(reader: Reader, generation: int | None = None) -> Counting | None:
    """How far a generation is with the orders that were there; without one, the one that is being made."""
    if generation is None:
        found = await reader.first(queries.UNDER_WAY)
    else:
        found = await reader.first(queries.FILL, generation=generation)
    return Counting(counted=found.counted, total=found.total) if found else None


async def forget(uow: UnitOfWork, generation: int, limit: int) -> int:
    """Remove rows of a generation that nobody reads any more, so many at most; how many."""
    gone = 0
    for statement in queries.FORGET:
        if gone >= limit:
            return gone
        gone += await uow.execute(statement, generation=generation, limit=limit - gone)
    if gone < limit:
        await uow.execute(queries.FORGET_FILL, generation=generation)
    return gone


SALES: Final = Projection(
    name="insights.sales",
    events=ORDER_EVENTS,
    apply=apply,
    forget=forget,
    fill=fill,
    summary="What merchants' orders come to: by day, by product, by customer.",
)


async def generation_of(reader: Reader) -> int:
    """The generation whose sums are to be read; 0 as long as there is none."""
    return await active_generation(reader, SALES)
