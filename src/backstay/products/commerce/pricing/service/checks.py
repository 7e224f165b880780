"""What a basket must be beyond its types, said of every field at once."""

from __future__ import annotations

from collections.abc import Iterator

from backstay.kernel.errors import FieldError
from backstay.kernel.money import MAX_AMOUNT, UnknownCurrency, exponent
from backstay.products.commerce.pricing.contracts import PPM, Basket, Fixed, Target
from backstay.products.commerce.pricing.errors import Unpriceable


def refuse_unpriceable(basket: Basket) -> None:
    """Raise what is wrong with a basket.

    Raises:
        Unpriceable: something is; every field at fault is named.
    """
    errors = [*_currency(basket), *_twice(basket), *_strangers(basket), *_rates(basket), *_too_much(basket)]
    if errors:
        raise Unpriceable(*errors)


def _currency(basket: Basket) -> Iterator[FieldError]:
    try:
        exponent(basket.currency)
    except UnknownCurrency as error:
        yield FieldError(pointer="/currency", code="choice", message=f"{error}")


def _twice(basket: Basket) -> Iterator[FieldError]:
    for name, ids in (
        ("lines", [line.id for line in basket.lines]),
        ("discounts", [discount.id for discount in basket.discounts]),
        ("shipping", [shipment.id for shipment in basket.shipping]),
    ):
        seen: set[str] = set()
        for index, one in enumerate(ids):
            if one in seen:
                yield FieldError(
                    pointer=f"/{name}/{index}/id",
                    code="choice",
                    message=f"{one!r} is the id of an earlier one of the {name}",
                )
            seen.add(one)


def _strangers(basket: Basket) -> Iterator[FieldError]:
    known = {
        Target.LINES: {line.id for line in basket.lines},
        Target.SHIPPING: {shipment.id for shipment in basket.shipping},
    }
    for index, discount in enumerate(basket.discounts):
        for place, name in enumerate(discount.only or ()):
            if name not in known[discount.on]:
                yield FieldError(
                    pointer=f"/discounts/{index}/only/{place}",
                    code="choice",
                    message=f"{name!r} is none of the {discount.on.value}",
                )


def _rates(basket: Basket) -> Iterator[FieldError]:
    for name, levied in (
        ("lines", [line.taxes for line in basket.lines]),
        ("shipping", [shipment.taxes or () for shipment in basket.shipping]),
    ):
        for index, rates in enumerate(levied):
            seen: set[str] = set()
            for place, rate in enumerate(rates):
                if rate.name in seen:
                    yield FieldError(
                        pointer=f"/{name}/{index}/taxes/{place}/name",
                        code="choice",
                        message=f"{rate.name!r} is levied on it already",
                    )
                seen.add(rate.name)


def _too_much(basket: Basket) -> Iterator[FieldError]:
    """Judged before discounts and with every tax on top, so that no total can be larger."""
    amount = 0
    for line in basket.lines:
        amount += line.unit_price * line.quantity * (PPM + sum(rate.ppm for rate in line.taxes)) // PPM
    highest = max((sum(rate.ppm for rate in line.taxes) for line in basket.lines), default=0)
    for shipment in basket.shipping:
        ppm = highest if shipment.taxes is None else sum(rate.ppm for rate in shipment.taxes)
        amount += shipment.amount * (PPM + ppm) // PPM
    if amount > MAX_AMOUNT:
        yield FieldError(
            pointer="/lines", code="range", message=f"the total must be at most {MAX_AMOUNT} minor units"
        )
    off = sum(discount.off.amount for discount in basket.discounts if isinstance(discount.off, Fixed))
    if off > MAX_AMOUNT:
        yield FieldError(
            pointer="/discounts",
            code="range",
            message=f"together they must be at most {MAX_AMOUNT} minor units",
        )
