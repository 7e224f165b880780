"""Baskets as people fill them, and as nobody would."""

from __future__ import annotations

from hypothesis import strategies as st

from backstay.kernel.money import Rounding
from backstay.products.commerce.pricing import (
    Basket,
    Discount,
    Fixed,
    Line,
    Percent,
    Policy,
    Prices,
    RoundedPer,
    Shipping,
    Target,
    TaxRate,
)

RATES = [
    TaxRate(name="standard", ppm=190_000),
    TaxRate(name="reduced", ppm=70_000),
    TaxRate(name="state", ppm=62_500),
    TaxRate(name="city", ppm=26_250),
    TaxRate(name="zero", ppm=0),
    TaxRate(name="steep", ppm=9_000_000),
]
taxes = st.lists(st.sampled_from(RATES), max_size=3, unique=True).map(tuple)
amounts = st.one_of(st.integers(0, 20), st.integers(0, 100_000), st.integers(0, 10**9))
policies = st.builds(
    Policy,
    prices=st.sampled_from(Prices),
    rounded_per=st.sampled_from(RoundedPer),
    rounding=st.sampled_from(Rounding),
)


@st.composite
def baskets(draw: st.DrawFn) -> Basket:
    """Any basket that can be priced."""
    lines = tuple(
        Line(
            id=f"line-{index}",
            unit_price=draw(amounts),
            quantity=draw(st.integers(1, 30)),
            taxes=draw(taxes),
            discountable=draw(st.booleans()) or draw(st.booleans()),
        )
        for index in range(draw(st.integers(0, 6)))
    )
    shipping = tuple(
        Shipping(id=f"ship-{index}", amount=draw(amounts), taxes=draw(st.none() | taxes))
        for index in range(draw(st.integers(0, 2)))
    )
    discounts = []
    for index in range(draw(st.integers(0, 3))):
        on = draw(st.sampled_from(Target))
        ids = [one.id for one in (lines if on is Target.LINES else shipping)]
        only = (
            draw(st.none() | st.lists(st.sampled_from(ids), min_size=1, unique=True).map(tuple))
            if ids
            else None
        )
        off = draw(st.builds(Fixed, amount=amounts) | st.builds(Percent, ppm=st.integers(0, 1_000_000)))
        discounts.append(Discount(id=f"off-{index}", off=off, on=on, only=only))
    return Basket(
        currency=draw(st.sampled_from(["EUR", "JPY", "KWD"])),
        lines=lines,
        shipping=shipping,
        discounts=tuple(discounts),
        policy=draw(policies),
    )
