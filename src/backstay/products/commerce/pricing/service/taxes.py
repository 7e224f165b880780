"""Finding taxes: on top of prices or inside them, rounded per line or over the whole.

Tax is found after discounts, on what is left. Where it is rounded over the whole, the rounded tax is
cut back to the lines, so that the lines of an order always add up to its header.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from backstay.kernel.money import allocate, divided
from backstay.products.commerce.pricing.contracts import (
    PPM,
    Policy,
    Prices,
    PriceStep,
    PriceStepKind,
    RoundedPer,
    TaxRate,
    TaxTotal,
)
from backstay.products.commerce.pricing.service.parts import Part


@dataclass
class _Piece:
    """As much of a part as is taxed alike."""

    part: Part
    base: int
    rates: tuple[TaxRate, ...]


@dataclass
class _Levied:
    """One tax on one piece."""

    piece: _Piece
    rate: TaxRate
    tax: int
    exact: Fraction


def levy(lines: Sequence[Part], shipments: Sequence[Part], policy: Policy) -> list[TaxTotal]:
    """Find every part's tax, with its steps; return what each rate comes to over the whole."""
    pieces = [_Piece(part, part.left, tuple(part.taxes or ())) for part in lines]
    for part in shipments:
        if part.taxes is None:
            pieces += _as_the_goods(part, lines)
        else:
            pieces.append(_Piece(part, part.left, tuple(part.taxes)))
    included = policy.prices is Prices.INCLUDED
    levied = _inside(pieces, policy) if included else _on_top(pieces, policy)
    for part in (*lines, *shipments):
        _note(part, [one for one in levied if one.piece.part is part], included=included)
    return _totals(levied, included=included)


def _as_the_goods(part: Part, lines: Sequence[Part]) -> list[_Piece]:
    """A shipment cut by how its goods are taxed, in proportion to what is left of them.

    When nothing is left of any, in proportion to what they cost before; when they never cost
    anything, it is not taxed.
    """
    left: dict[tuple[TaxRate, ...], int] = defaultdict(int)
    cost: dict[tuple[TaxRate, ...], int] = defaultdict(int)
    for line in lines:
        left[tuple(line.taxes or ())] += line.left
        cost[tuple(line.taxes or ())] += line.subtotal
    weights = left if any(left.values()) else cost
    if not any(weights.values()):
        return [_Piece(part, part.left, ())]
    bases = allocate(part.left, list(weights.values()))
    return [_Piece(part, base, rates) for base, rates in zip(bases, weights, strict=True)]


def _on_top(pieces: Sequence[_Piece], policy: Policy) -> list[_Levied]:
    levied = [
        _Levied(piece, rate, 0, Fraction(piece.base * rate.ppm, PPM))
        for piece in pieces
        for rate in piece.rates
    ]
    per_line = policy.rounded_per is RoundedPer.LINE
    groups: dict[Hashable, list[_Levied]] = defaultdict(list)
    for index, one in enumerate(levied):
        groups[index if per_line else one.rate].append(one)
    for group in groups.values():
        bases = [one.piece.base for one in group]
        whole = divided(sum(bases) * group[0].rate.ppm, PPM, policy.rounding)
        for one, tax in zip(group, allocate(whole, bases) if whole else [0] * len(group), strict=True):
            one.tax = tax
    return levied


def _inside(pieces: Sequence[_Piece], policy: Policy) -> list[_Levied]:
    """All taxes of a piece are found together, then cut to the rates: so they never exceed the price."""
    per_line = policy.rounded_per is RoundedPer.LINE
    groups: dict[Hashable, list[_Piece]] = defaultdict(list)
    for index, piece in enumerate(pieces):
        groups[index if per_line else piece.rates].append(piece)
    levied = []
    for group in groups.values():
        rates = group[0].rates
        ppm = sum(rate.ppm for rate in rates)
        bases = [piece.base for piece in group]
        whole = divided(sum(bases) * ppm, PPM + ppm, policy.rounding)
        for piece, tax in zip(group, allocate(whole, bases) if whole else [0] * len(group), strict=True):
            shares = allocate(tax, [rate.ppm for rate in rates])
            levied += [
                _Levied(piece, rate, share, Fraction(piece.base * rate.ppm, PPM + ppm))
                for rate, share in zip(rates, shares, strict=True)
            ]
    return levied


def _note(part: Part, levied: Sequence[_Levied], *, included: bool) -> None:
    found: dict[TaxRate, tuple[int, Fraction]] = {}
    for one in levied:
        tax, exact = found.get(one.rate, (0, Fraction()))
        found[one.rate] = (tax + one.tax, exact + one.exact)
    for rate, (tax, exact) in found.items():
        part.tax += tax
        part.steps.append(
            PriceStep(
                kind=PriceStepKind.TAX,
                id=rate.name,
                amount=tax,
                exact=str(exact),
                included=included,
                ppm=rate.ppm,
            )
        )


def _totals(levied: Sequence[_Levied], *, included: bool) -> list[TaxTotal]:
    inside: dict[int, int] = defaultdict(int)
    if included:
        for one in levied:
            inside[id(one.piece)] += one.tax
    found: dict[TaxRate, tuple[int, int]] = {}
    for one in levied:
        net, tax = found.get(one.rate, (0, 0))
        found[one.rate] = (net + one.piece.base - inside[id(one.piece)], tax + one.tax)
    return [TaxTotal(name=rate.name, ppm=rate.ppm, net=net, tax=tax) for rate, (net, tax) in found.items()]
