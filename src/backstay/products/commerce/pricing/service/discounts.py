"""Taking discounts off: each is rounded once, and cut to what it is taken off by largest remainder."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from backstay.kernel.money import Rounding, allocate, divided
from backstay.products.commerce.pricing.contracts import (
    PPM,
    Discount,
    Fixed,
    PriceStep,
    PriceStepKind,
    Target,
)
from backstay.products.commerce.pricing.service.parts import Part


def take_off(
    discount: Discount, lines: Sequence[Part], shipments: Sequence[Part], rounding: Rounding
) -> PriceStep:
    """Take a discount off the parts that it is for; return what it came to in all.

    The shares are in proportion to what earlier discounts have left of each part, so that no part
    goes below nothing, and they add up to the discount.
    """
    parts = _reached(discount, lines if discount.on is Target.LINES else shipments)
    weights = [part.left for part in parts]
    whole = sum(weights)
    if isinstance(discount.off, Fixed):
        amount = min(discount.off.amount, whole)
        exacts = [Fraction(amount * weight, whole) if whole else Fraction() for weight in weights]
    else:
        amount = divided(whole * discount.off.ppm, PPM, rounding)
        exacts = [Fraction(weight * discount.off.ppm, PPM) for weight in weights]
    for part, share, exact in zip(parts, allocate(amount, weights), exacts, strict=True):
        if exact:
            part.left -= share
            part.steps.append(_step(discount, share, exact))
    return _step(discount, amount, sum(exacts, Fraction()))


def _reached(discount: Discount, parts: Sequence[Part]) -> list[Part]:
    return [
        part for part in parts if part.discountable and (discount.only is None or part.id in discount.only)
    ]


def _step(discount: Discount, amount: int, exact: Fraction) -> PriceStep:
    return PriceStep(kind=PriceStepKind.DISCOUNT, id=discount.id, amount=-amount, exact=str(-exact))
