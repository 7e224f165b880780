"""The two sums: what a basket comes to, and what so many units of a line give back."""

from __future__ import annotations

from backstay.kernel.money import divided
from backstay.products.commerce.pricing.contracts import Basket, Priced, Prices, Refund, Totals
from backstay.products.commerce.pricing.service.checks import refuse_unpriceable
from backstay.products.commerce.pricing.service.discounts import take_off
from backstay.products.commerce.pricing.service.parts import parts_of, summed
from backstay.products.commerce.pricing.service.taxes import levy


def price(basket: Basket) -> Totals:
    """Reckon a basket: prices, then discounts in their order, then taxes on what is left.

    It reads no clock, no database and no setting: the same basket has the same totals anywhere.

    Raises:
        Unpriceable: the basket contradicts itself or is too large; every field at fault is named.
    """
    refuse_unpriceable(basket)
    lines, shipments = parts_of(basket)
    parts = [*lines, *shipments]
    steps = [step for part in parts for step in part.steps]
    steps += [take_off(discount, lines, shipments, basket.policy.rounding) for discount in basket.discounts]
    before_tax = [len(part.steps) for part in parts]
    taxes = levy(lines, shipments, basket.policy)
    for part, length in zip(parts, before_tax, strict=True):
        steps += part.steps[length:]
    included = basket.policy.prices is Prices.INCLUDED
    priced = [part.priced(included=included) for part in parts]
    return Totals(
        currency=basket.currency,
        subtotal=sum(line.subtotal for line in lines),
        discount=sum(one.discount for one in priced),
        shipping=sum(shipment.subtotal for shipment in shipments),
        net=sum(one.net for one in priced),
        tax=sum(one.tax for one in priced),
        total=sum(one.total for one in priced),
        lines=tuple(priced[: len(lines)]),
        shipments=tuple(priced[len(lines) :]),
        taxes=tuple(taxes),
        steps=tuple(summed(steps)),
    )


def refund(line: Priced, quantity: int, *, refunded: int = 0) -> Refund:
    """What so many units of a line give back, after so many that went before.

    The units of a line need not cost alike to the cent. They are numbered, and each number has its
    share: whoever sends back three at once, or one after another, gets the same, and all of them
    together are worth the line.

    Args:
        line: as it was sold.
        quantity: how many are given back now.
        refunded: how many were before.

    Raises:
        ValueError: there are not so many left.
    """
    if quantity < 0 or refunded < 0 or refunded + quantity > line.quantity:
        left = line.quantity - refunded
        raise ValueError(f"{quantity} of line {line.id!r} cannot be given back: {left} are left")
    # What is paid is cut, and the tax in each piece follows it: with net and tax cut each for itself, one
    # of two mugs of 10.00 would be worth 10.01.
    before, after = (divided(line.total * units, line.quantity) for units in (refunded, refunded + quantity))
    total = after - before
    tax = divided(line.tax * after, line.total) - divided(line.tax * before, line.total) if total else 0
    return Refund(quantity=quantity, net=total - tax, tax=tax, total=total)
