"""Money: nothing is lost in cutting, and what is rounded is rounded as it says."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from iso4217 import Currency

from backstay.kernel.money import _PLACES, MAX_AMOUNT, Rounding, UnknownCurrency, allocate, divided, exponent

AMOUNTS = st.integers(-MAX_AMOUNT, MAX_AMOUNT)
WEIGHTS = st.lists(st.integers(0, MAX_AMOUNT), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("currency", "places"),
    [("EUR", 2), ("USD", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("IQD", 3), ("ISK", 0)],
)
def test_places_are_those_of_iso_4217(currency: str, places: int) -> None:
    assert exponent(currency) == places


def test_those_known_without_the_list_are_as_in_the_list() -> None:
    assert {code: Currency(code).exponent for code in _PLACES} == _PLACES


@pytest.mark.parametrize("code", ["XAU", "XXX", "eur", "DEM", "", "EURO"])
def test_what_is_no_money_in_use_is_refused(code: str) -> None:
    with pytest.raises(UnknownCurrency, match="is no currency of ISO 4217 with a minor unit"):
        exponent(code)


@pytest.mark.parametrize(
    ("numerator", "denominator", "half_up", "half_even"),
    [
        (1, 2, 1, 0),
        (3, 2, 2, 2),
        (-1, 2, -1, 0),
        (-3, 2, -2, -2),
        (1, 3, 0, 0),
        (5, -2, -3, -2),
        (0, 7, 0, 0),
    ],
)
def test_halves_go_where_the_rounding_says(
    numerator: int, denominator: int, half_up: int, half_even: int
) -> None:
    assert divided(numerator, denominator) == half_up
    assert divided(numerator, denominator, Rounding.HALF_EVEN) == half_even


@given(AMOUNTS, st.integers(1, 1000))
def test_rounding_agrees_with_decimal(numerator: int, denominator: int) -> None:
    tenths = Fraction(numerator * 10, denominator)
    if tenths.denominator != 1:  # Decimal is exact for tenths, which hold every half
        return
    exact = Decimal(tenths.numerator) / 10
    assert divided(numerator, denominator) == int(exact.quantize(Decimal(1), ROUND_HALF_UP))
    assert divided(numerator, denominator, Rounding.HALF_EVEN) == int(
        exact.quantize(Decimal(1), ROUND_HALF_EVEN)
    )


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (5, [3, 7], [2, 3]),  # 1.5 and 3.5: the remainders are equal, so the first takes the unit
        (10, [0, 1, 0], [0, 10, 0]),
        (0, [0, 0], [0, 0]),
        (0, [], []),
        (997_50, [399_00] * 25, [39_90] * 25),
        (2, [5, 4, 3], [1, 1, 0]),
    ],
)
def test_parts_go_by_largest_remainder(amount: int, weights: list[int], parts: list[int]) -> None:
    assert allocate(amount, weights) == parts


@given(AMOUNTS, WEIGHTS)
@example(MAX_AMOUNT, [1, 1, 1])
def test_parts_add_up_and_none_is_a_unit_off(amount: int, weights: list[int]) -> None:
    if not any(weights):
        weights = [*weights, 1]
    parts = allocate(amount, weights)
    assert sum(parts) == amount
    whole = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(amount * weight, whole)) < 1
        if 0 <= amount <= whole:
            assert 0 <= part <= weight


@pytest.mark.parametrize("weights", [[], [0], [1, -1], [-1, 2]])
def test_what_cannot_be_cut_is_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match=r"^cannot cut 1 by the weights \["):
        allocate(1, weights)
