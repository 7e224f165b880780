"""Promising, keeping, giving back, shipping and taking back, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from backstay.kernel.clock import ManualClock
from backstay.kernel.database import ListRequest
from backstay.kernel.ids import uuid7
from backstay.kernel.observation import Record, current_record
from backstay.products.commerce import inventory
from backstay.products.commerce.inventory import Allocation, Availability, Shortage, Want
from backstay.products.commerce.inventory.contracts import Movement, Thresholds
from backstay.products.commerce.inventory.service import adjusting, reading, sweep
from backstay.products.commerce.inventory.service.moving import lock
from tests.products.commerce.inventory.conftest import Stock

MUG, TEA, EBOOK = UUID(int=1), UUID(int=2), UUID(int=3)


@pytest.fixture(autouse=True, params=[False, True], ids=["any", "first"])
def first(request: pytest.FixtureRequest, stock: Stock) -> None:
    stock.first = request.param


async def reserve(stock: Stock, holder: UUID, *wants: Want, minutes: int | None = None) -> list[Allocation]:
    clock = stock.database.clock
    until = None if minutes is None else clock.now() + timedelta(minutes=minutes)
    made = await stock.run(
        lambda uow: inventory.reserve(uow, stock.shop_id, holder, wants, until=until, first=stock.first)
    )
    assert (made.holder_id, made.expires_at) == (holder, until)
    return sorted(made.allocations, key=lambda one: (one.variant_id, one.location_id))


async def test_a_basket_is_promised_whole_shipped_in_parts_and_comes_back(stock: Stock) -> None:
    near, far = await stock.place("near", 1), await stock.place("far", 2)
    off = await stock.place("off sale", 0, active=False)
    for place, mugs in ((near, 2), (far, 5), (off, 9)):
        await stock.put(MUG, place, mugs)
    await stock.put(TEA, near, 1)
    order = uuid7()
    # Two lines of one variant are one wish; a download has no level and no limit.
    wants = [Want(MUG, 4), Want(TEA, 1), Want(MUG, 2), Want(EBOOK, 99)]
    assert await reserve(stock, order, *wants) == [
        Allocation(MUG, near, 2),
        Allocation(MUG, far, 4),
        Allocation(TEA, near, 1),
    ]
    other = uuid7()
    with pytest.raises(inventory.InsufficientStock) as short:
        await reserve(stock, other, Want(MUG, 2), Want(TEA, 1), Want(EBOOK, 1))
    assert short.value.shortages == (Shortage(MUG, 2, 1), Shortage(TEA, 1, 0))
    reader = stock.database.reader(stock.actor)
    assert await inventory.available(reader, stock.shop_id, [TEA, EBOOK]) == {
        TEA: Availability(TEA, tracked=True, in_stock=0, backorder=0),
        EBOOK: Availability(EBOOK, tracked=False, in_stock=0, backorder=0),
    }
    # One's own hold does not stand in one's own way, neither when looking nor when asking anew.
    seen = await inventory.available(reader, stock.shop_id, [MUG], except_holder=order)
    assert seen[MUG].in_stock == 7
    assert await reserve(stock, order, Want(MUG, 7)) == [
        Allocation(MUG, near, 2),
        Allocation(MUG, far, 5),
    ]
    assert await stock.levels(TEA) == {near: (1, 0)}
    assert await reserve(stock, order, Want(MUG, 3), Want(TEA, 1), Want(EBOOK, 1)) == [
        Allocation(MUG, near, 2),
        Allocation(MUG, far, 1),
        Allocation(TEA, near, 1),
    ]

    with pytest.raises(inventory.NotHeld) as held:
        await stock.run(lambda uow: inventory.fulfil(uow, order, [Want(MUG, 4)]))
    assert held.value.shortages == (Shortage(MUG, 4, 3),)
    await stock.run(lambda uow: inventory.fulfil(uow, order, [Want(MUG, 3), Want(EBOOK, 1)]))
    assert await stock.levels(MUG) == {near: (0, 0), far: (4, 0), off: (9, 0)}
    with pytest.raises(inventory.NotShipped):
        await stock.run(lambda uow: inventory.restock(uow, stock.shop_id, order, [Want(TEA, 1)]))
    back = [Want(MUG, 3), Want(EBOOK, 1)]
    await stock.run(lambda uow: inventory.restock(uow, stock.shop_id, order, back, reason="too blue"))
    with pytest.raises(inventory.NotShipped) as again:
        await stock.run(lambda uow: inventory.restock(uow, stock.shop_id, order, [Want(MUG, 1)]))
    assert again.value.shortages == (Shortage(MUG, 1, 0),)
    assert await stock.levels(MUG) == {near: (2, 0), far: (5, 0), off: (9, 0)}
    # What was not shipped is still promised, and is given back once.
    assert await stock.levels(TEA) == {near: (1, 1)}
    assert await stock.run(lambda uow: inventory.release(uow, order)) is True
    assert await stock.run(lambda uow: inventory.release(uow, order)) is False
    assert await stock.levels(TEA) == {near: (1, 0)}
    assert await stock.sound()


async def test_a_hold_that_is_over_stands_in_nobodys_way(stock: Stock, clock: ManualClock) -> None:
    near, far = await stock.place("near", 1), await stock.place("far", 2)
    await stock.put(MUG, near, 1)
    await stock.put(MUG, far, 1)
    await stock.put(TEA, near, 1)
    cart, late, other = uuid7(), uuid7(), uuid7()
    await reserve(stock, cart, Want(MUG, 2), Want(TEA, 1), minutes=10)
    with pytest.raises(inventory.InsufficientStock):
        await reserve(stock, other, Want(MUG, 1), minutes=10)
    clock.move(timedelta(minutes=10))
    # Nobody has swept, and yet: it can be seen, and it can be had.
    reader = stock.database.reader(stock.actor)
    assert (await inventory.available(reader, stock.shop_id, [MUG]))[MUG].in_stock == 2
    assert await reserve(stock, other, Want(MUG, 2)) == [Allocation(MUG, near, 1), Allocation(MUG, far, 1)]
    assert await stock.sound()
    # What was taken from it is gone for whoever pays late; what nobody wanted is kept.
    assert await stock.run(lambda uow: inventory.keep(uow, cart)) is False
    assert await stock.levels(TEA) == {near: (1, 1)}
    await stock.put(TEA, near, 1)
    await reserve(stock, late, Want(TEA, 1), minutes=1)
    clock.move(timedelta(minutes=1))
    assert await stock.run(lambda uow: inventory.keep(uow, late)) is True
    assert await sweep(stock.database, batch=10) == 1
    assert await sweep(stock.database, batch=10) == 0
    assert await stock.levels(TEA) == {near: (2, 1)}
    assert await stock.run(lambda uow: inventory.release(uow, cart)) is False
    assert await stock.run(lambda uow: inventory.keep(uow, cart)) is False
    kinds = [line.kind.value for line in await _ledger(stock, cart)]
    assert sorted(kinds) == ["lapsed", "lapsed", "lapsed", "reserved", "reserved", "reserved"]
    assert await stock.sound()


async def test_back_orders_are_promised_last_and_ship_when_goods_are_there(stock: Stock) -> None:
    near, far = await stock.place("near", 1), await stock.place("far", 2)
    await stock.put(MUG, near, 1)
    await stock.put(MUG, far, 1)
    level = next(iter((await stock.run(lambda uow: lock(uow, stock.shop_id, [MUG]))).of(MUG)))
    more = Thresholds(backorder_limit=2, low_stock_at=0)
    await stock.run(lambda uow: adjusting.set_thresholds(uow, stock.shop_id, level.id, more, expected=1))
    order = uuid7()
    assert await reserve(stock, order, Want(MUG, 4)) == [Allocation(MUG, near, 3), Allocation(MUG, far, 1)]
    with pytest.raises(inventory.NotHeld) as held:
        await stock.run(lambda uow: inventory.fulfil(uow, order))
    assert held.value.shortages == (Shortage(MUG, 4, 2),)
    await stock.run(lambda uow: inventory.fulfil(uow, order, [Want(MUG, 2)]))
    assert await stock.levels(MUG) == {near: (0, 2), far: (0, 0)}
    await stock.put(MUG, near, 2)
    await stock.run(lambda uow: inventory.fulfil(uow, order))
    assert await stock.levels(MUG) == {near: (0, 0), far: (0, 0)}
    shop = {"shop_id": stock.shop_id, "variant_id": MUG}
    assert stock.told == [
        inventory.StockCameBack(**shop, available=1),
        inventory.StockRanLow(**shop, location_id=near, available=-2, low_stock_at=0),
        inventory.StockRanOut(**shop),
        inventory.StockCameBack(**shop, available=2),
    ]
    assert await stock.sound()


async def test_what_a_checkout_costs_in_statements(stock: Stock) -> None:
    near = await stock.place("near")
    basket = [UUID(int=10 + n) for n in range(3)]
    for variant in basket:
        await stock.put(variant, near, 9)
    record = Record(method="POST", path="/", request_id="r", trace_id="t", span_id="s")
    token = current_record.set(record)
    try:
        await reserve(stock, uuid7(), *(Want(variant, 2) for variant in basket))
    finally:
        current_record.reset(token)
        record.end()
    names = [moment.name for moment in record.moments if moment.kind == "statement"]
    begin = ["inventory.LOCK", "inventory.MOVE"]
    # The row and the ledger travel with the commit, or with whatever is asked next.
    assert names == (
        [*begin, "inventory.BEGIN"] if stock.first else ["inventory.HOLD", *begin, "inventory.RECORD"]
    )


async def test_one_holder_twice_at_once_and_many_in_other_orders(stock: Stock) -> None:
    near, far = await stock.place("near", 1), await stock.place("far", 2)
    basket = [UUID(int=20 + n) for n in range(4)]
    for variant in basket:
        await stock.put(variant, near, 3)
        await stock.put(variant, far, 2)
    same = uuid7()
    others = [uuid7() for _ in range(6)]
    answers = await asyncio.gather(
        *(reserve(stock, same, *(Want(variant, 1) for variant in basket)) for _ in range(2)),
        *(
            reserve(stock, holder, *(Want(variant, 1) for variant in (basket if n % 2 else basket[::-1])))
            for n, holder in enumerate(others)
        ),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers[:2]].count(list) in {0, 2}
    won = {same for answer in answers[:2] if isinstance(answer, list)} | {
        holder for holder, answer in zip(others, answers[2:], strict=True) if isinstance(answer, list)
    }
    lost = [answer for answer in answers if not isinstance(answer, list)]
    assert len(won) == 5
    assert {type(answer) for answer in lost} == {inventory.InsufficientStock}
    gone = await asyncio.gather(
        *(stock.run(partial(inventory.release, holder=holder)) for holder in won for _ in "12")
    )
    assert gone.count(True) == len(won)
    assert [await stock.levels(variant) for variant in basket] == [{near: (3, 0), far: (2, 0)}] * 4
    assert await stock.sound()


async def _ledger(stock: Stock, holder: UUID) -> list[Movement]:
    asked = ListRequest(limit=100, filters={"holder_id": holder})
    page = await reading.list_movements(stock.database.reader(stock.actor), stock.shop_id, asked)
    return page.items
