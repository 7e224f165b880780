"""Sample coupons of the sample shop."""

from __future__ import annotations

from typing import Final

from backstay.kernel.seeding import Seeding
from backstay.products.commerce.coupons.contracts import NewCode, NewCoupon, Stacking, Sum
from backstay.products.commerce.coupons.service import coding, create
from backstay.products.commerce.pricing import Percent, Target
from backstay.products.commerce.shops import own

_SHOP: Final = "harbour-street"
_COUPONS: Final = (
    ("WELCOME", NewCoupon(name="Welcome", off=Percent(ppm=100_000), first_order=True)),
    (
        "FIVE-OFF",
        NewCoupon(
            name="Five off", off=Sum(amounts={"EUR": 500, "GBP": 400}), minimum={"EUR": 4_000, "GBP": 3_500}
        ),
    ),
    (
        "LAST-100",
        NewCoupon(name="Clearance", off=Percent(ppm=400_000), limit=100, stacking=Stacking.EXCLUSIVE),
    ),
    (
        None,
        NewCoupon(
            name="Free shipping in spring",
            off=Percent(ppm=1_000_000),
            on=Target.SHIPPING,
            minimum={"EUR": 3_000},
            automatic=True,
            position=10,
        ),
    ),
)


async def seed(seeding: Seeding) -> None:
    """Make a few, each of another sort."""
    async with seeding.unit(at=seeding.past(days=90)) as uow:
        shop = await own(uow, _SHOP)
        for code, new in _COUPONS:
            coupon = await create(uow, shop, new)
            if code is not None:
                await coding.add_code(uow, shop, coupon.id, NewCode(code=code))
