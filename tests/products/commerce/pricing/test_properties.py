"""What holds for any basket (criteria B1, B2, B4, B5 and B6)."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from random import Random

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from backstay.products.commerce.pricing import (
    Basket,
    Fixed,
    Priced,
    Prices,
    PriceStep,
    PriceStepKind,
    RoundedPer,
    Target,
    Totals,
    price,
    refund,
)
from tests.products.commerce.pricing.baskets import baskets


def parts_of(totals: Totals) -> tuple[Priced, ...]:
    return (*totals.lines, *totals.shipments)


def added(steps: tuple[PriceStep, ...]) -> int:
    return sum(step.amount for step in steps if not step.included)


@given(baskets())
def test_the_header_is_the_sum_of_its_parts(basket: Basket) -> None:
    totals = price(basket)
    parts = parts_of(totals)
    assert totals.subtotal == sum(line.subtotal for line in totals.lines)
    assert totals.shipping == sum(shipment.subtotal for shipment in totals.shipments)
    assert totals.discount == sum(part.discount for part in parts)
    assert totals.net == sum(part.net for part in parts)
    assert totals.tax == sum(part.tax for part in parts) == sum(tax.tax for tax in totals.taxes)
    assert totals.total == sum(part.total for part in parts) == totals.net + totals.tax
    for part in parts:
        assert part.total == part.net + part.tax
        assert min(part.subtotal, part.discount, part.net, part.tax, part.total) >= 0


@given(baskets())
def test_every_total_is_the_end_of_its_waterfall(basket: Basket) -> None:
    totals = price(basket)
    assert added(totals.steps) == totals.total
    for part in parts_of(totals):
        assert added(part.steps) == part.total
        assert part.tax == sum(step.amount for step in part.steps if step.kind is PriceStepKind.TAX)
        assert part.discount == -sum(
            step.amount for step in part.steps if step.kind is PriceStepKind.DISCOUNT
        )
    # The whole's steps are those of its parts, added up.
    found: dict[tuple[PriceStepKind, str, int | None], int] = defaultdict(int)
    for part in parts_of(totals):
        for step in part.steps:
            name = {PriceStepKind.PRICE: "lines", PriceStepKind.SHIPPING: "shipping"}.get(step.kind, step.id)
            found[step.kind, name, step.ppm] += step.amount
    whole = {(step.kind, step.id, step.ppm): step.amount for step in totals.steps}
    assert {key: found[key] for key in whole} == whole
    assert found.keys() == whole.keys()


@given(baskets())
def test_a_discount_is_what_it_says_and_never_more_than_there_is(basket: Basket) -> None:
    totals = price(basket)
    steps = {step.id: step for step in totals.steps if step.kind is PriceStepKind.DISCOUNT}
    for discount in basket.discounts:
        off = -steps[discount.id].amount
        if isinstance(discount.off, Fixed):
            assert off <= discount.off.amount
        reached = [
            one.id
            for one in (basket.lines if discount.on is Target.LINES else basket.shipping)
            if discount.only is None or one.id in discount.only
        ]
        shares = {
            part.id: -step.amount
            for part in parts_of(totals)
            for step in part.steps
            if step.kind is PriceStepKind.DISCOUNT and step.id == discount.id
        }
        assert sum(shares.values()) == off
        assert set(shares) <= set(reached)
    for line, priced in zip(basket.lines, totals.lines, strict=True):
        if not line.discountable:
            assert priced.discount == 0


@given(baskets())
def test_no_step_is_a_unit_away_from_its_exact_amount(basket: Basket) -> None:
    """But for taxes inside prices of several rates, which are cut twice: these stay within two."""
    totals = price(basket)
    for part in parts_of(totals):
        for step in part.steps:
            cut_twice = step.included or step.kind is PriceStepKind.TAX
            # A percentage is rounded over its lines before it is cut to them.
            assert abs(step.amount - Fraction(step.exact)) < (2 if cut_twice else Fraction(3, 2))


@given(baskets())
def test_tax_is_rounded_once_where_the_policy_says_so(basket: Basket) -> None:
    totals = price(basket)
    if basket.policy.prices is Prices.INCLUDED:
        return
    if basket.policy.rounded_per is RoundedPer.TOTAL:
        whole = [step for step in totals.steps if step.kind is PriceStepKind.TAX]
    else:
        whole = [step for line in totals.lines for step in line.steps if step.kind is PriceStepKind.TAX]
    for step in whole:
        assert abs(step.amount - Fraction(step.exact)) <= Fraction(1, 2)


@given(baskets(), st.randoms(use_true_random=False))
def test_units_given_back_in_any_portions_are_worth_the_line(basket: Basket, random: Random) -> None:
    for line in price(basket).lines:
        gone, net, tax, total = 0, 0, 0, 0
        while gone < line.quantity:
            now = random.randint(1, line.quantity - gone)
            given_back = refund(line, now, refunded=gone)
            assert min(given_back.net, given_back.tax) >= 0
            # No unit is worth a cent more or less than its part of what was paid.
            assert abs(given_back.total * line.quantity - line.total * now) <= line.quantity
            net, tax, total = net + given_back.net, tax + given_back.tax, total + given_back.total
            gone += now
        assert (net, tax, total) == (line.net, line.tax, line.total)


@given(baskets())
def test_a_basket_survives_json(basket: Basket) -> None:
    sent = msgspec.json.encode(basket)
    assert price(msgspec.json.decode(sent, type=Basket)) == price(basket)
    assert msgspec.json.decode(msgspec.json.encode(price(basket)), type=Totals) == price(basket)
