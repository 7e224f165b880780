"""Any sequence of holds, payments, shipments, returns and corrections, beside a model of plain numbers."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backstay.kernel.clock import ManualClock
from backstay.kernel.database import UnitOfWork
from backstay.products.commerce import inventory
from backstay.products.commerce.inventory import Want
from backstay.products.commerce.inventory.service import sweep
from backstay.products.commerce.inventory.service.moving import lock
from tests.products.commerce.inventory.conftest import Stock

T = TypeVar("T")

VARIANTS, PLACES, HOLDERS = 2, 2, 3

variant = st.integers(0, VARIANTS - 1)
holder = st.integers(0, HOLDERS - 1)
lines = st.lists(st.tuples(variant, st.integers(1, 4)), min_size=1, max_size=3)
STEPS = st.one_of(
    st.tuples(st.just("reserve"), holder, lines, st.sampled_from([None, 1, 3])),
    st.tuples(st.sampled_from(["keep", "release"]), holder),
    st.tuples(st.sampled_from(["fulfil", "restock"]), holder, lines),
    st.tuples(st.just("adjust"), variant, st.integers(0, PLACES - 1), st.integers(-4, 4)),
    st.tuples(st.just("wait"), st.integers(1, 3)),
    st.tuples(st.just("sweep")),
)
"""Steps by name; times are minutes."""


class Model:
    """What should be, without locations: those the real one chooses itself."""

    def __init__(self) -> None:
        self.now = 0
        self.on_hand: Counter[int] = Counter()
        self.held: dict[int, Counter[int]] = {}
        self.until: dict[int, int | None] = {}
        self.shipped: dict[int, Counter[int]] = {}

    def over(self, one: int) -> bool:
        """Whether a holder's time is over."""
        until = self.until.get(one)
        return until is not None and until <= self.now

    def free(self, goods: int, *, but: int | None = None) -> int:
        """Units that a holder could have."""
        others = sum(units[goods] for one, units in self.held.items() if one != but and not self.over(one))
        return self.on_hand[goods] - others


class Play:
    """Both, side by side."""

    def __init__(self, stock: Stock, clock: ManualClock) -> None:
        self.stock, self.clock, self.model = stock, clock, Model()
        # Of this example's own, so that examples share a database.
        self.goods = sorted(stock.fresh() for _ in range(VARIANTS))
        self.holders = [stock.fresh() for _ in range(HOLDERS)]
        self.places: list[UUID] = []

    async def run(self, work: Callable[[UnitOfWork], Awaitable[T]], *refusals: type[Exception]) -> T | None:
        """Its answer, or None when it was refused for one of these reasons."""
        try:
            return await self.stock.run(work)
        except refusals:
            return None

    def wants(self, asked: list[tuple[int, int]]) -> tuple[list[Want], Counter[int]]:
        summed: Counter[int] = Counter()
        for goods, units in asked:
            summed[goods] += units
        return [Want(self.goods[goods], units) for goods, units in asked], summed

    async def reserve(self, one: int, asked: list[tuple[int, int]], minutes: int | None) -> None:
        wants, summed = self.wants(asked)
        until = None if minutes is None else self.clock.now() + timedelta(minutes=minutes)
        shop, who, model = self.stock.shop_id, self.holders[one], self.model
        made = await self.run(
            lambda uow: inventory.reserve(uow, shop, who, wants, until=until, first=minutes is None),
            inventory.InsufficientStock,
        )
        assert (made is not None) == all(
            units <= model.free(goods, but=one) for goods, units in summed.items()
        )
        if made is not None:
            assert Counter(dict(summed)) == self._by_goods(made)
            model.held[one] = summed
            model.until[one] = None if minutes is None else model.now + minutes
            await self._take_note()

    def _by_goods(self, made: inventory.Reservation) -> Counter[int]:
        found: Counter[int] = Counter()
        for one in made.allocations:
            found[self.goods.index(one.variant_id)] += one.quantity
        return found

    async def _take_note(self) -> None:
        """What the real one took of those whose time was over is its own choice; nothing else is."""
        for one in [one for one in self.model.held if self.model.over(one)]:
            left = await self._held(one)
            assert all(left[goods] <= units for goods, units in self.model.held[one].items())
            self.model.held[one] = left

    async def _held(self, one: int) -> Counter[int]:
        reader = self.stock.database.reader(self.stock.actor)
        try:
            return self._by_goods(await inventory.reservation(reader, self.stock.shop_id, self.holders[one]))
        except inventory.NoSuchReservation:
            return Counter()

    async def keep(self, one: int) -> None:
        before = await self._held(one)
        kept = await self.run(lambda uow: inventory.keep(uow, self.holders[one]))
        if one not in self.model.held:
            assert kept is False
        elif not self.model.over(one):
            assert kept is True
        if kept:
            assert before == self.model.held[one]
            self.model.until[one] = None

    async def release(self, one: int) -> None:
        released = await self.run(lambda uow: inventory.release(uow, self.holders[one]))
        assert released is (one in self.model.held)
        self.model.held.pop(one, None)
        self.model.until.pop(one, None)

    async def fulfil(self, one: int, asked: list[tuple[int, int]]) -> None:
        wants, summed = self.wants(asked)
        await self.run(
            lambda uow: inventory.fulfil(uow, self.holders[one], wants),
            inventory.NotHeld,
            inventory.NoSuchReservation,
        )
        after, model = await self._held(one), self.model
        gone = model.held.get(one, Counter()) - after
        # All that was asked for of what it ever had, or nothing.
        assert gone in (Counter(), +Counter({goods: summed[goods] for goods in gone}))
        model.on_hand -= gone
        model.shipped[one] = model.shipped.get(one, Counter()) + gone
        if one in model.held:
            model.held[one] = after
            if not after:
                await self._ended(one)

    async def _ended(self, one: int) -> None:
        """Whoever has nothing left has no reservation any more, if it was shipped."""
        if not await self._there(one):
            self.model.held.pop(one)
            self.model.until.pop(one)

    async def _there(self, one: int) -> bool:
        reader = self.stock.database.reader(self.stock.actor)
        try:
            await inventory.reservation(reader, self.stock.shop_id, self.holders[one])
        except inventory.NoSuchReservation:
            return False
        return True

    async def restock(self, one: int, asked: list[tuple[int, int]]) -> None:
        wants, summed = self.wants(asked)
        shop, model = self.stock.shop_id, self.model
        before = await self._on_hand()
        await self.run(
            lambda uow: inventory.restock(uow, shop, self.holders[one], wants), inventory.NotShipped
        )
        back = await self._on_hand() - before
        assert back in (Counter(), +Counter({goods: summed[goods] for goods in back}))
        assert back <= model.shipped.get(one, Counter())
        model.on_hand += back
        model.shipped[one] = model.shipped.get(one, Counter()) - back

    async def adjust(self, goods: int, place: int, by: int) -> None:
        order = inventory.Adjustment(
            variant_id=self.goods[goods], location_id=self.places[place], by=by, reason="so it is"
        )
        shop = self.stock.shop_id
        refusals = inventory.StockReserved, inventory.InsufficientStock
        done = await self.run(lambda uow: inventory.adjust(uow, shop, order), *refusals)
        if by >= 0:
            assert done is not None
        if done is not None:
            self.model.on_hand[goods] += by

    async def wait(self, minutes: int) -> None:
        self.clock.move(timedelta(minutes=minutes))
        self.model.now += minutes

    async def sweep(self) -> None:
        over = [one for one in self.model.held if self.model.over(one)]
        assert await sweep(self.stock.database, batch=1000) >= len(over)
        for one in over:
            self.model.held.pop(one)
            self.model.until.pop(one)

    async def _on_hand(self) -> Counter[int]:
        locked = await self.stock.run(lambda uow: lock(uow, self.stock.shop_id, self.goods))
        return Counter(
            {n: sum(row.on_hand for row in locked.of(goods)) for n, goods in enumerate(self.goods)}
        )

    async def compare(self) -> None:
        """After every step."""
        assert +await self._on_hand() == +self.model.on_hand
        for one in range(HOLDERS):
            assert await self._held(one) == +self.model.held.get(one, Counter()), one
        reader = self.stock.database.reader(self.stock.actor)
        seen = await inventory.available(reader, self.stock.shop_id, self.goods)
        for goods, variant_id in enumerate(self.goods):
            if seen[variant_id].tracked:
                assert seen[variant_id].in_stock == self.model.free(goods)
        assert await self.stock.sound()


async def test_any_sequence_ends_as_the_model_says(stock: Stock, clock: ManualClock) -> None:
    loop = asyncio.get_running_loop()
    names = iter(range(10_000))

    @settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None)
    @given(st.lists(STEPS, min_size=4, max_size=14))
    def play(steps: list[tuple[object, ...]]) -> None:
        async def example() -> None:
            played = Play(stock, clock)
            n = next(names)
            played.places = [await stock.place(f"{n}-{place}", place) for place in range(PLACES)]
            for goods in range(VARIANTS):
                await played.adjust(goods, 0, 2)
                await played.adjust(goods, 1, 2)
            for name, *arguments in steps:
                await getattr(played, str(name))(*arguments)
                await played.compare()

        asyncio.run_coroutine_threadsafe(example(), loop).result(60)

    await asyncio.to_thread(play)
