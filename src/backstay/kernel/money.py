"""Money: whole minor units of an ISO 4217 currency, and the two operations that lose nothing.

No amount is ever a float. What must be cut into parts is cut by largest remainder, so that the
parts make the whole; what must be rounded is rounded once, in a way that is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from functools import cache
from typing import Annotated, Final

from msgspec import Meta, Struct

MAX_AMOUNT: Final = 10**15
"""The largest amount, in minor units: it fits SQL's `bigint`, and a number of JSON that every client reads
exactly (below 2**53)."""

Amount = Annotated[int, Meta(ge=0, le=MAX_AMOUNT, description="Minor units: cents of EUR, yen of JPY.")]
CurrencyCode = Annotated[
    str, Meta(pattern="^[A-Z]{3}$", description="An ISO 4217 code.", examples=["EUR", "JPY"])
]

_SIGNS: Final = {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥", "INR": "₹", "KRW": "₩"}
_PLACES: Final = {"EUR": 2, "GBP": 2, "USD": 2, "JPY": 0, "INR": 2, "KRW": 0}
"""Of those that most houses do with; the list of all is read when another is met."""
_CODE: Final = 3
"""Letters of a currency that has no sign here: a space stands between these and the amount."""


class UnknownCurrency(ValueError):
    """No such code is in ISO 4217's list of money in use, or it has no minor unit, as gold has none."""


class Rounding(Enum):
    """What becomes of a half."""

    HALF_UP = "half_up"
    """Away from zero: 0.5 -> 1, -0.5 -> -1. What tax offices and shoppers expect."""
    HALF_EVEN = "half_even"
    """To the even neighbour: 0.5 -> 0, 1.5 -> 2. Without bias over many amounts."""


class Money(Struct, frozen=True):
    """An amount with its currency."""

    amount: int
    """Minor units; negative for what is owed the other way."""
    currency: CurrencyCode


def exponent(currency: str) -> int:
    """The decimal places of a currency's minor unit (ISO 4217): 2 for EUR, 0 for JPY, 3 for KWD.

    Raises:
        UnknownCurrency: there is none.
    """
    found = _PLACES.get(currency)
    if found is None:
        found = _all_places().get(currency)
    if found is None:
        raise UnknownCurrency(f"{currency!r} is no currency of ISO 4217 with a minor unit")
    return found


@cache
def _all_places() -> dict[str, int]:
    # Late: it reads the list from XML, which is two megabytes with the reader.
    from iso4217 import Currency

    return {currency.code: currency.exponent for currency in Currency if currency.exponent is not None}


def divided(numerator: int, denominator: int, rounding: Rounding = Rounding.HALF_UP) -> int:
    """The quotient, rounded once.

    Raises:
        ZeroDivisionError: the denominator is zero.
    """
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    whole, rest = divmod(abs(numerator), denominator)
    half = 2 * rest - denominator
    if half > 0 or (half == 0 and (rounding is Rounding.HALF_UP or whole % 2 == 1)):
        whole += 1
    return whole if numerator >= 0 else -whole


def allocate(amount: int, weights: Sequence[int]) -> list[int]:
    """Cut an amount into parts in proportion to weights; the parts add up to it, to the unit.

    By largest remainder (Hamilton's method): every part is its share rounded towards zero, and the
    units left over go to the largest remainders, among equals to the first. So no part is a whole
    unit away from its share, and none takes more than its weight when the amount is not above their sum.

    Args:
        amount: what to cut; may be negative.
        weights: none negative, and not all zero unless the amount is.

    Raises:
        ValueError: a weight is negative, or there is something to cut and nothing to give it to.
    """
    whole = sum(weights)
    if any(weight < 0 for weight in weights) or (whole == 0 and amount != 0):
        raise ValueError(f"cannot cut {amount} by the weights {list(weights)!r}")
    if amount == 0:
        return [0] * len(weights)
    parts, rests = [], []
    for weight in weights:
        part, rest = divmod(abs(amount) * weight, whole)
        parts.append(part)
        rests.append(rest)
    left = abs(amount) - sum(parts)
    for index in sorted(range(len(weights)), key=lambda index: -rests[index])[:left]:
        parts[index] += 1
    return parts if amount > 0 else [-part for part in parts]


def written(amount: int, currency: str) -> str:
    """An amount as people write it: €1,234.50.

    Raises:
        UnknownCurrency: there is none.
    """
    places = exponent(currency)
    whole, part = divmod(abs(amount), 10**places)
    sign = _SIGNS.get(currency, currency)
    number = f"{whole:,}.{part:0{places}}" if places else f"{whole:,}"
    minus = "\N{MINUS SIGN}" if amount < 0 else ""
    space = "\N{NO-BREAK SPACE}" if len(sign) == _CODE else ""
    return f"{minus}{sign}{space}{number}"
