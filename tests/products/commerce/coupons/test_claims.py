"""Claiming coupons and giving them back, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from backstay.kernel.clock import ManualClock, SystemClock
from backstay.kernel.database import UnitOfWork
from backstay.products.commerce.coupons import (
    Applied,
    Buyer,
    CouponRefused,
    Goods,
    GoodsLine,
    NewCode,
    NewCoupon,
    Purchases,
    Refusal,
    Sum,
    add_code,
    claim,
    create,
    judge,
    release,
)
from backstay.products.commerce.coupons.contracts import Coupon, CouponChanges, Only, Stacking
from backstay.products.commerce.coupons.errors import BelowUse
from backstay.products.commerce.coupons.module import module
from backstay.products.commerce.coupons.queries import claiming
from backstay.products.commerce.coupons.service import change, get, remove
from backstay.products.commerce.pricing import Discount, Fixed, Percent, Target
from backstay.products.commerce.pricing.module import module as pricing
from backstay.products.commerce.shops import NewShop, Shop
from backstay.products.commerce.shops import create as open_shop
from backstay.products.commerce.shops.module import module as shops
from backstay.systems.events.module import module as events
from backstay.systems.idempotency.module import module as idempotency
from backstay.systems.jobs.module import module as jobs
from tests.conftest import make_actor
from tests.house import House, open_house

ADA = make_actor("ada")
MODULES = [idempotency, replace(jobs, services=()), replace(events, works=()), pricing, shops, module]
SHIRT, MUG = uuid4(), uuid4()
GOODS = Goods(
    currency="EUR",
    lines=(
        GoodsLine(id="shirt", amount=3000, product_id=SHIRT),
        GoodsLine(id="mug", amount=1000, product_id=MUG),
    ),
)
TENTH = Percent(ppm=100_000)
NOBODY = Buyer()


class Till:
    """One shop, and what is done in it, each in a unit of its own."""

    def __init__(self, house: House, shop: Shop) -> None:
        self.house = house
        self.shop = shop
        self.database = house.backend.database

    async def make(self, *codes: str, limit_of_code: int | None = None, **terms: Any) -> Coupon:
        new = NewCoupon(**{"name": codes[0] if codes else "automatic", "off": TENTH, **terms})
        coupon = await self.database.run(ADA, lambda uow: create(uow, self.shop, new))
        for code in codes:
            one = NewCode(code=code, limit=limit_of_code)
            await self.database.run(ADA, partial(self._add, coupon, one))
        return coupon

    async def _add(self, coupon: Coupon, code: NewCode, uow: UnitOfWork) -> None:
        await add_code(uow, self.shop, coupon.id, code)

    async def change(self, coupon: Coupon, expected: int, **changes: Any) -> Coupon:
        named = CouponChanges(**changes)
        return await self.database.run(
            ADA, lambda uow: change(uow, self.shop, coupon.id, named, expected=expected)
        )

    async def claim(
        self, *codes: str, holder: UUID | None = None, buyer: Buyer = NOBODY, goods: Goods = GOODS
    ) -> tuple[Applied, ...]:
        order = holder or uuid4()
        return await self.database.run(ADA, lambda uow: claim(uow, self.shop, order, codes, buyer, goods))

    async def refusals(self, *codes: str, buyer: Buyer = NOBODY, goods: Goods = GOODS) -> list[Any]:
        with pytest.raises(CouponRefused) as refused:
            await self.claim(*codes, buyer=buyer, goods=goods)
        return [verdict.refusal for verdict in refused.value.verdicts]

    async def release(self, holder: UUID) -> bool:
        return await self.database.run(ADA, lambda uow: release(uow, holder))

    async def used(self, coupon: Coupon) -> int:
        reader = self.database.reader(ADA)
        assert await reader.all(claiming.MISCOUNTED) == []
        return (await get(reader, self.shop, coupon.id)).used

    async def verdicts(
        self, *codes: str, buyer: Buyer = NOBODY, goods: Goods = GOODS
    ) -> list[tuple[str | None, Any]]:
        found = await judge(self.database.reader(ADA), self.shop, codes, buyer, goods)
        return [(one.code or one.name, one.discount or one.refusal) for one in found]


@pytest.fixture
async def till(database_url: str, clock: ManualClock) -> AsyncIterator[Till]:
    async with open_house(MODULES, database_url, clock) as house:
        yield Till(house, await house.backend.database.run(ADA, _shop))


async def _shop(uow: UnitOfWork) -> Shop:
    currencies = ("EUR", "JPY")
    new = NewShop(slug="north-star", name="North Star", currency="EUR", country="DE", currencies=currencies)
    return await open_shop(uow, new)


def outcome(results: Sequence[Any]) -> tuple[int, set[Any]]:
    """How many claims were granted, and why the others were not."""
    granted = [one for one in results if isinstance(one, tuple)]
    refused = [one for one in results if not isinstance(one, tuple)]
    assert all(isinstance(one, CouponRefused) for one in refused), refused
    return len(granted), {verdict.refusal for one in refused for verdict in one.verdicts}


async def test_a_limit_is_exact_and_one_purchase_uses_one(till: Till) -> None:
    three = await till.make("three", limit=3)
    races = [till.claim("THREE") for _ in range(8)]
    assert outcome(await asyncio.gather(*races, return_exceptions=True)) == (3, {Refusal.USED_UP})
    assert await till.used(three) == 3
    once = await till.make("single", limit_of_code=1)
    races = [till.claim("single") for _ in range(5)]
    assert outcome(await asyncio.gather(*races, return_exceptions=True)) == (1, {Refusal.USED_UP})
    assert await till.used(once) == 1
    twins = await till.make("twins", limit=2)
    order = uuid4()
    same = await asyncio.gather(*(till.claim("twins", holder=order) for _ in range(4)))
    assert same == [same[0]] * 4
    assert await till.used(twins) == 1
    given = await asyncio.gather(*(till.release(order) for _ in range(3)))
    assert sorted(given) == [False, False, True]
    assert await till.used(twins) == 0
    await till.claim("twins", holder=order)
    assert await till.used(twins) == 1


async def test_a_limit_binds_a_coupon_that_needs_no_code(till: Till) -> None:
    everybodys = await till.make(automatic=True, limit=2)
    claims = await asyncio.gather(*(till.claim() for _ in range(6)))
    # Whoever comes too late has asked for nothing, and is refused nothing.
    assert sorted(len(applied) for applied in claims) == [0, 0, 0, 0, 1, 1]
    assert await till.used(everybodys) == 2


async def test_a_customer_is_an_account_or_an_address(till: Till, clock: ManualClock) -> None:
    coupon = await till.make("mine", per_customer=2)
    account, mail = uuid4(), "Ada@example.test"
    assert await till.refusals("mine") == [Refusal.BUYER]
    buyers = [Buyer(customer_id=account), Buyer(email=mail), Buyer(customer_id=account, email=mail.lower())]
    await till.claim("mine", buyer=buyers[0])
    await till.claim("mine", buyer=buyers[1])
    assert await till.refusals("mine", buyer=buyers[2]) == [Refusal.USED_BY_YOU]
    races = [till.claim("mine", buyer=Buyer(customer_id=account)) for _ in range(4)]
    assert outcome(await asyncio.gather(*races, return_exceptions=True)) == (1, {Refusal.USED_BY_YOU})
    assert await till.used(coupon) == 3

    class Book:
        async def count(self, _reader: object, _shop_id: UUID, buyer: Buyer) -> int:
            return int(buyer.customer_id == account)

    await till.make("welcome", first_order=True)
    till.database.parts.hold(Book(), Purchases)
    assert await till.refusals("welcome", buyer=buyers[0]) == [Refusal.NOT_FIRST]
    races = [till.claim("welcome", buyer=Buyer(email="new@example.test")) for _ in range(3)]
    assert outcome(await asyncio.gather(*races, return_exceptions=True)) == (1, {Refusal.USED_BY_YOU})
    await till.make("named", emails=(mail,))
    assert await till.refusals("named", buyer=Buyer(email="eve@example.test")) == [Refusal.NOT_FOR_YOU]
    assert len(await till.claim("named", buyer=buyers[2])) == 1


async def test_what_was_claimed_stays_whatever_becomes_of_the_coupon(till: Till, clock: ManualClock) -> None:
    until = clock.now() + timedelta(hours=1)
    coupon = await till.make("gone", off=Sum(amounts={"EUR": 500}), limit=5, redeem_by=until)
    kept = await till.make("kept", give_back=False, limit=1)
    order = uuid4()
    claimed = await till.claim("gone", "kept", holder=order)
    first = Applied(
        coupon_id=coupon.id,
        code="gone",
        name="gone",
        kind="fixed",
        value=500,
        discount=Discount(id=str(coupon.id), off=Fixed(amount=500)),
    )
    assert first in claimed
    reader = till.database.reader(ADA)
    changed = await till.change(coupon, coupon.version, off=Sum(amounts={"EUR": 1}))
    assert (changed.version, changed.used) == (2, 1)
    assert await till.claim("gone", "kept", holder=order) == claimed
    clock.move(timedelta(hours=2))
    assert await till.refusals("gone") == [Refusal.EXPIRED]
    await till.database.run(ADA, lambda uow: remove(uow, till.shop, coupon.id, expected=2))
    assert await till.refusals("gone") == [Refusal.UNKNOWN]
    assert await till.claim("gone", "kept", holder=order) == claimed
    again = await till.make("GONE", off=TENTH)
    assert [one.coupon_id for one in await till.claim("gone")] == [again.id]
    assert await till.release(order)
    assert (await till.used(kept), await till.used(again)) == (1, 1)
    assert await till.refusals("kept") == [Refusal.USED_UP]
    assert [one.coupon_id for one in await till.claim("kept", holder=order)] == [kept.id]
    assert (await reader.all(claiming.USES, holder=order, coupon_ids=[], customer_id=None, email=None))[
        1
    ].released_at is None
    assert await till.used(kept) == 1


async def test_coupons_go_together_or_not_and_say_why(till: Till) -> None:
    automatic = await till.make(automatic=True, position=5, minimum={"EUR": 4000})
    first = await till.make("first", position=1, only=Only(products=(MUG,)))
    alone = await till.make("alone", stacking=Stacking.EXCLUSIVE, position=2)
    post = await till.make("post", on=Target.SHIPPING, off=Sum(amounts={"JPY": 10}))
    tenth = Discount(id=str(automatic.id), off=TENTH)
    mug = Discount(id=str(first.id), off=TENTH, only=("mug",))
    assert await till.verdicts() == [("automatic", tenth)]
    assert await till.verdicts("first", "alone", "nope", "first") == [
        ("first", mug),
        ("automatic", tenth),
        ("alone", Refusal.COMBINED),
        ("nope", Refusal.UNKNOWN),
    ]
    assert await till.verdicts("alone", "first") == [
        ("alone", Discount(id=str(alone.id), off=TENTH)),
        ("first", Refusal.COMBINED),
    ]
    shirt = Goods(currency="EUR", lines=GOODS.lines[:1])
    assert await till.verdicts("first", "post", goods=shirt) == [
        ("first", Refusal.NO_GOODS),
        ("post", Refusal.CURRENCY),
    ]
    yen = Goods(currency="JPY", lines=GOODS.lines)
    assert await till.verdicts("post", goods=yen) == [
        ("post", Discount(id=str(post.id), off=Fixed(amount=10), on=Target.SHIPPING))
    ]
    limited = await till.make("soon", limit=4)
    for _ in range(2):
        await till.claim("soon")
    with pytest.raises(BelowUse):
        await till.change(limited, 1, limit=1)
    await till.change(limited, 1, limit=None)
    await till.change(limited, 2, limit=2)
    assert await till.refusals("soon") == [Refusal.USED_UP]
    assert await till.used(limited) == 2


class Slow(SystemClock):
    """The clock of a node that is two days behind."""

    def now(self) -> datetime:
        return super().now() - timedelta(days=2)


async def test_time_is_the_databases_and_not_the_nodes(database_url: str) -> None:
    slow: Any = Slow()
    an_hour_ago = SystemClock().now() - timedelta(hours=1)
    async with open_house(MODULES, database_url, slow) as house:
        till = Till(house, await house.backend.database.run(ADA, _shop))
        over = await till.make("OVER", redeem_by=an_hour_ago, limit=5)
        begun = await till.make("BEGUN", starts_at=an_hour_ago)
        if house.backend.database.dialect == "sqlite":
            # The machine's clock is the only one there is.
            assert await till.refusals("BEGUN") == [Refusal.NOT_YET]
            assert [one.code for one in await till.claim("OVER")] == ["OVER"]
            return
        assert await till.refusals("OVER") == [Refusal.EXPIRED]
        assert await till.database.run(ADA, lambda uow: uow.all(claiming.TAKE, ids=[over.id])) == []
        assert [one.code for one in await till.claim("BEGUN")] == ["BEGUN"]
        assert (await till.used(over), await till.used(begun)) == (0, 1)
