"""Counting orders: what each added before is taken away, what it comes to now is added, in one commit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from backstay.kernel.database import UnitOfWork
from backstay.products.commerce import shops
from backstay.products.commerce.insights.contracts.sums import Counted
from backstay.products.commerce.insights.queries import counting as queries
from backstay.products.commerce.insights.service.parts import (
    Differences,
    counted,
    sums_of,
    sums_of_customer,
)
from backstay.products.commerce.orders import OrderFigures, figuring


async def count(uow: UnitOfWork, generation: int, shop_id: UUID, figures: Sequence[OrderFigures]) -> None:
    """Let the sums of a shop be those with these orders as they are now.

    How often it is called, and in which order, makes no difference: an order that was counted at this
    version, or at a later one, is passed over.

    Args:
        uow: in the shop's organization.
        generation: whose rows.
        shop_id: whose orders all of them are.
        figures: each order once.
    """
    of = {"generation": generation, "shop_id": shop_id}
    shop = await shops.get(uow, shop_id)
    held = await uow.one(queries.HOLD, **of, zone=shop.time_zone)
    if held.zone != shop.time_zone:
        # The shop has moved: from here on by its new days, and all that was before is counted again.
        await uow.execute(queries.MOVE, **of, zone=shop.time_zone, recount_after=figuring.FIRST)
    known = await _known(uow, generation, shop_id, [one.order_id for one in figures])
    changes: list[tuple[OrderFigures, Counted | None, Counted]] = []
    for one in figures:
        row = known.get(one.order_id)
        if row is None:
            changes.append((one, None, counted(one, shop.time_zone)))
        elif row.version < one.version or row.counted.zone != shop.time_zone:
            changes.append((one, row.counted, counted(one, shop.time_zone)))
    differences = Differences()
    for _, before, after in changes:
        if before is not None:
            differences.add_all(sums_of(before), -1)
        differences.add_all(sums_of(after))
    pairs = [(before, after) for _, before, after in changes]
    await _count_customers(uow, generation, shop_id, pairs, differences)
    await add(uow, generation, shop_id, differences)
    await uow.execute_many(
        queries.KEEP,
        [
            {**of, "order_id": one.order_id, "version": one.version, "counted": after}
            for one, _, after in changes
        ],
    )
    await _name(uow, shop_id, [one for one, before, after in changes if before is None or after.sold])


async def add(uow: UnitOfWork, generation: int, shop_id: UUID, differences: Differences) -> None:
    """Add to the sums of a shop."""
    for kind, statement in queries.ADD.items():
        rows = [{"generation": generation, "shop_id": shop_id, **row} for row in differences.rows(kind)]
        await uow.execute_many(statement, rows)


async def _known(
    uow: UnitOfWork, generation: int, shop_id: UUID, ids: Sequence[UUID]
) -> dict[UUID, queries.Known]:
    """What orders added before."""
    rows = await uow.all(queries.KNOWN, generation=generation, shop_id=shop_id, ids=[str(one) for one in ids])
    return {row.order_id: row for row in rows}


async def _count_customers(
    uow: UnitOfWork,
    generation: int,
    shop_id: UUID,
    changes: Sequence[tuple[Counted | None, Counted]],
    differences: Differences,
) -> None:
    """Whose first order was when depends on all that somebody ordered: it is found out anew for each."""
    moves: dict[str, dict[str, int]] = {}
    for before, after in changes:
        for one, sign in ((before, -1), (after, 1)):
            if one is not None and one.sold:
                days = moves.setdefault(one.customer, {})
                days[one.day] = days.get(one.day, 0) + sign
    moves = {customer: days for customer, days in moves.items() if any(days.values())}
    if not moves:
        return
    of = {"generation": generation, "shop_id": shop_id}
    rows = await uow.all(queries.CUSTOMERS, **of, customers=sorted(moves))
    known = {row.customer: row.days for row in rows}
    keep = []
    for customer in sorted(moves):
        days = dict(known.get(customer, {}))
        differences.add_all(sums_of_customer(days), -1)
        for day, orders_ in moves[customer].items():
            days[day] = days.get(day, 0) + orders_
        days = {day: orders_ for day, orders_ in sorted(days.items()) if orders_}
        differences.add_all(sums_of_customer(days))
        keep.append({**of, "customer": customer, "days": days})
    await uow.execute_many(queries.KEEP_CUSTOMER, keep)


async def _name(uow: UnitOfWork, shop_id: UUID, figures: Iterable[OrderFigures]) -> None:
    called = {line.variant_id: line for one in figures for line in one.lines}
    await uow.execute_many(
        queries.NAME,
        [
            {
                "shop_id": shop_id,
                "variant_id": line.variant_id,
                "product_id": line.product_id,
                "sku": line.sku,
                "title": line.title,
                "image": line.image,
            }
            for _, line in sorted(called.items())
        ],
    )
