"""A list's address: what is chosen in it, and where choosing more or less leads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import urlencode

from backstay.kernel.money import MAX_AMOUNT, exponent
from backstay.products.commerce.catalog import Chosen, Sort

_MOST: Final = 20
_LONGEST: Final = 200
_STARS: Final = range(1, 6)
SORTS: Final = {
    Sort.RELEVANCE: "Best match",
    Sort.NEWEST: "Newest",
    Sort.PRICE: "Price, low to high",
    Sort.PRICE_DOWN: "Price, high to low",
    Sort.RATING: "Highest rated",
    Sort.BEST_SELLING: "Best selling",
}


class Choice(NamedTuple):
    """What a list's address says; what nobody understands in it is passed over: people mend addresses."""

    chosen: Chosen
    sort: Sort
    cursor: str | None
    path: str
    """Of the list, without what is chosen."""
    said: tuple[tuple[str, str], ...]
    """What is chosen, as the address says it."""

    def has(self, name: str, value: str) -> bool:
        """Whether this is chosen."""
        return (name, value) in self.said

    def without(self, name: str, value: str | None = None) -> str:
        """The address without one choice, or without all of a name."""
        return self._address(pair for pair in self.said if pair[0] != name or value not in {None, pair[1]})

    def with_(self, name: str, value: str) -> str:
        """The address with one choice more, from its beginning."""
        return self._address((*self.said, (name, value)))

    def after(self, cursor: str) -> str:
        """The address of the page that follows."""
        return self._address((*self.said, ("cursor", cursor)))

    def _address(self, pairs: Iterable[tuple[str, str]]) -> str:
        query = urlencode(list(pairs))
        return f"{self.path}?{query}" if query else self.path


def choice_of(query: Mapping[str, Sequence[str]], path: str, currency: str) -> Choice:
    """What the address of a list says."""

    def many(name: str) -> list[str]:
        values = dict.fromkeys(query.get(name, ()))
        return [one for one in values if one and len(one) <= _LONGEST and "\0" not in one][:_MOST]

    def one(name: str) -> str:
        return next(iter(many(name)), "")

    said = [(name, value) for name in ("category", "brand", "collection") for value in many(name)]
    options = [value for value in many("option") if value.partition(":")[2]]
    said += [("option", value) for value in options]
    amounts = {name: _minor(one(name), currency) for name in ("price_from", "price_to")}
    said += [(name, one(name)) for name, amount in amounts.items() if amount is not None]
    rating = one("rating") if one("rating") in map(str, _STARS) else ""
    said += [(name, value) for name, value in (("rating", rating), ("q", one("q").strip())) if value]
    flags = [name for name in ("in_stock", "on_sale") if one(name) == "1"]
    said += [(name, "1") for name in flags]
    sort = Sort(one("sort")) if one("sort") in list(Sort) else Sort.RELEVANCE
    said += [("sort", sort.value)] if sort is not Sort.RELEVANCE else []
    chosen = Chosen(
        currency=currency,
        text=one("q").strip(),
        categories=tuple(sorted(many("category"))),
        brands=tuple(sorted(many("brand"))),
        collections=tuple(sorted(many("collection"))),
        options=tuple(sorted((name, value) for name, _, value in (pair.partition(":") for pair in options))),
        price_from=amounts["price_from"],
        price_to=amounts["price_to"],
        rating=int(rating) if rating else None,
        in_stock="in_stock" in flags,
        on_sale="on_sale" in flags,
    )
    return Choice(chosen, sort, one("cursor") or None, path, tuple(said))


def _minor(text: str, currency: str) -> int | None:
    """An amount as people type it, 12 or 12.50 or 12,50, in minor units; None where it is none."""
    whole, _, part = text.replace(",", ".").partition(".")
    places = exponent(currency)
    digits = whole + part.ljust(places, "0")
    fits = len(part) <= places and len(digits) <= len(str(MAX_AMOUNT))
    if not (text and fits and digits.isascii() and digits.isdigit()):
        return None
    return min(int(digits), MAX_AMOUNT)
