"""How a total adds up, in rows for people."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final, NamedTuple

from backstay.kernel.money import exponent
from backstay.products.commerce.carts import PricedCart
from backstay.products.commerce.orders import Order
from backstay.products.commerce.pricing import PriceStepKind, Totals
from backstay.products.commerce.storefront.http.showing import percent

_WHOLE: Final = {"lines": "Goods", "shipping": "Delivery"}
"""What all lines and all shipments together are called in the steps of a whole."""


class Row(NamedTuple):
    """An amount with its name."""

    name: str
    amount: int
    included: bool = False
    """Whether it is part of what stands above already."""
    note: str = ""
    """The exact figure, where it had to be rounded."""


class Sums(NamedTuple):
    """A total: in short, and step by step."""

    currency: str
    rows: tuple[Row, ...]
    steps: tuple[Row, ...]
    total: int
    cards: tuple[Row, ...] = ()
    """What gift cards pay of the total."""
    due: int | None = None
    """What is left to pay; None where no card pays, or where it was paid."""


def of_cart(made: PricedCart) -> Sums:
    """What a cart comes to."""
    names = {**_WHOLE, **{str(one.line.variant_id): one.offer.title for one in made.lines if one.offer}}
    for verdict in made.verdicts:
        if verdict.discount is not None:
            names[verdict.discount.id] = verdict.code or verdict.name or verdict.discount.id
    if made.shipping is not None:
        names |= {one.id: f"Delivery: {made.shipping.name}" for one in made.totals.shipments}
    cards = tuple(_paid(one.last_four, one.amount) for one in made.gift_cards if one.amount)
    whole = _sums(made.totals, made.totals.currency, names)
    return whole._replace(cards=cards, due=made.due if cards else None)


def of_order(order: Order) -> Sums:
    """What an order comes to."""
    names = {**_WHOLE, **{line.id: line.title for line in order.lines}}
    names |= {one.discount_id: one.code or one.name for one in order.coupons}
    names |= {one.id: f"Delivery: {order.shipping_name}" for one in order.shipments}
    cards = [(one.gift_card.last_four, one.received) for one in order.payments if one.gift_card]
    return _sums(order, order.currency, names)._replace(cards=tuple(_paid(*card) for card in cards))


def _paid(last_four: str, amount: int) -> Row:
    return Row(f"Gift card …{last_four}", -amount)


def _sums(made: Totals | Order, currency: str, names: Mapping[str, str]) -> Sums:
    discounts: dict[str, int] = {}
    taxes: dict[tuple[str, int | None, bool], int] = {}
    for step in made.steps:
        if step.kind is PriceStepKind.DISCOUNT:
            discounts[step.id] = discounts.get(step.id, 0) + step.amount
        if step.kind is PriceStepKind.TAX:
            key = step.id, step.ppm, step.included
            taxes[key] = taxes.get(key, 0) + step.amount
    shipments = [Row(names.get(one.id, one.id), one.subtotal) for one in made.shipments]
    rows = (
        Row("Subtotal", made.subtotal),
        *(Row(names.get(id_, id_), amount) for id_, amount in discounts.items() if amount),
        *shipments,
        *(Row(_tax(*key), amount, key[2]) for key, amount in taxes.items()),
    )
    steps = []
    for step in (one for one in made.steps if one.amount):
        tax = step.kind is PriceStepKind.TAX
        name = _tax(step.id, step.ppm, step.included) if tax else names.get(step.id, step.id)
        note = "" if step.exact == str(step.amount) else f"rounded from {_exactly(step.exact, currency)}"
        steps.append(Row(name, step.amount, step.included, note))
    return Sums(currency, rows, tuple(steps), made.total)


def _exactly(amount: str, currency: str) -> str:
    """A fraction of minor units as a decimal of whole ones, with two places more than money has."""
    places = exponent(currency)
    return f"{float(Fraction(amount) / 10**places):,.{places + 2}f}"


def _tax(name: str, ppm: int | None, included: bool) -> str:
    rate = f"{name} {percent(ppm)}" if ppm is not None else name
    return f"{rate}, included" if included else rate
