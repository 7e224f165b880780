"""What is chosen, as bits; and what would narrow the list further."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from backstay.kernel.money import MAX_AMOUNT
from backstay.products.commerce.catalog.contracts.terms import TermKind
from backstay.products.commerce.catalog.contracts.window import (
    Chosen,
    Facets,
    FacetValue,
    OptionFacet,
    OptionValueCount,
    PriceRange,
    RatingCount,
)
from backstay.products.commerce.catalog.service.index import STARS, STEPS, Index

_SHOWN: Final = 500
"""Values of a facet, at most: those with the most products."""

CATEGORY, BRAND, COLLECTION = (kind.value for kind in TermKind)
PRICE, RATING, STOCK, SALE, SELLING = "price", "rating", "stock", "sale", "selling"


class Choice(NamedTuple):
    """The products that match a search, and those that fulfil each facet's choice."""

    matching: int
    """The search alone, with a price in the currency."""
    facets: Mapping[str, int]
    """By facet; one of which nothing is chosen is not there. Options are `option:<name>`."""

    def without(self, facet: str | None) -> int:
        """Everything that is chosen but of one facet; all of it where None."""
        bits = self.matching
        for name, chosen in self.facets.items():
            if name != facet:
                bits &= chosen
        return bits


def choose(index: Index, chosen: Chosen, matching: int) -> Choice:
    """The bits of what is chosen. A slug that the shop does not have chooses nothing."""
    facets: dict[str, int] = {}
    for kind, slugs in (
        (CATEGORY, chosen.categories),
        (BRAND, chosen.brands),
        (COLLECTION, chosen.collections),
    ):
        if slugs:
            facets[kind] = _any_term(index, kind, slugs)
    for name in dict.fromkeys(name for name, _ in chosen.options):
        bits = 0
        for other, value in chosen.options:
            if other == name:
                bits |= index.options.get(name, {}).get(value, 0)
        facets[f"option:{name}"] = bits
    if chosen.price_from is not None or chosen.price_to is not None:
        prices = index.prices.get(chosen.currency)
        last = MAX_AMOUNT if chosen.price_to is None else chosen.price_to
        facets[PRICE] = prices.between(chosen.price_from or 0, last) if prices else 0
    if chosen.rating is not None:
        facets[RATING] = index.stars.get(chosen.rating, 0)
    if chosen.in_stock:
        facets[STOCK] = index.in_stock
    if chosen.on_sale:
        facets[SALE] = index.reduced.get(chosen.currency, 0)
    if chosen.selling:
        facets[SELLING] = index.selling
    return Choice(matching, facets)


def _any_term(index: Index, kind: str, slugs: Collection[str]) -> int:
    bits = 0
    for id_, term in index.names.items():
        if term.kind == kind and term.slug in slugs:
            bits |= index.terms.get(id_, 0)
    return bits


def facets_of(index: Index, choice: Choice, currency: str) -> Facets:
    """The counts of every value that has any product, with everything else that is chosen."""
    return Facets(
        categories=_terms(index, choice, CATEGORY),
        brands=_terms(index, choice, BRAND),
        collections=_terms(index, choice, COLLECTION),
        options=_options(index, choice),
        prices=_prices(index, choice, currency),
        ratings=_ratings(index, choice),
        in_stock=(choice.without(STOCK) & index.in_stock).bit_count(),
    )


def _terms(index: Index, choice: Choice, kind: str) -> tuple[FacetValue, ...]:
    among = choice.without(kind)
    found = []
    for term in index.names.values():
        bits = index.terms.get(term.id) if term.kind == kind else None
        if bits and (count := (bits & among).bit_count()):
            parent = index.names.get(term.parent_id) if term.parent_id else None
            found.append(
                FacetValue(
                    slug=term.slug, name=term.name, count=count, parent=parent.slug if parent else None
                )
            )
    if kind != CATEGORY:  # these stand in their merchant's order
        found.sort(key=lambda one: (-one.count, one.name))
    return tuple(found[:_SHOWN])


def _options(index: Index, choice: Choice) -> tuple[OptionFacet, ...]:
    found = []
    everything = choice.without(None)
    for name, values in sorted(index.options.items()):
        facet = f"option:{name}"
        among = choice.without(facet) if facet in choice.facets else everything
        counts = [
            OptionValueCount(value=value, count=count)
            for value, bits in values.items()
            if (count := (bits & among).bit_count())
        ]
        if counts:
            counts.sort(key=lambda one: (-one.count, one.value))
            found.append(OptionFacet(name=name, values=tuple(counts[:_SHOWN])))
    return tuple(found)


def _prices(index: Index, choice: Choice, currency: str) -> tuple[PriceRange, ...]:
    among = choice.without(PRICE)
    return tuple(
        PriceRange(
            price_from=STEPS[number],
            price_to=STEPS[number + 1] - 1 if number + 1 < len(STEPS) else MAX_AMOUNT,
            count=count,
        )
        for number, bits in sorted(index.ranges.get(currency, {}).items())
        if (count := (bits & among).bit_count())
    )


def _ratings(index: Index, choice: Choice) -> tuple[RatingCount, ...]:
    among = choice.without(RATING)
    return tuple(
        RatingCount(at_least=stars, count=count)
        for stars in reversed(STARS)
        if (count := (index.stars.get(stars, 0) & among).bit_count())
    )
