"""A shop's window in memory: which products have what, as the bits of whole numbers.

A product has a place; what it has (a brand, a colour, a word in its title) is a number in which the
bit of its place is set. So a choice of facets is a few ANDs, and a count is one `bit_count`, whatever
the number of products. ADR 34 tells why, and what it costs.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterable
from datetime import datetime
from heapq import heappop, heappush
from typing import Final, NamedTuple, TypeVar
from uuid import UUID

from backstay.products.commerce.catalog.contracts.window import Listed, Span
from backstay.products.commerce.catalog.queries.listings import ListingRow
from backstay.products.commerce.catalog.queries.terms import TermRow
from backstay.products.commerce.catalog.service.orders import Order
from backstay.products.commerce.catalog.service.vocabulary import Vocabulary
from backstay.products.commerce.catalog.service.words import words_of

K = TypeVar("K", bound=Hashable)

STEPS: Final = (0, *(digit * 10**power for power in range(2, 15) for digit in (1, 2, 5)))
"""Where ranges of prices begin, in minor units: 0, 1, 2, 5, 10, 20, 50 euros and so on."""
STARS: Final = (1, 2, 3, 4, 5)


class Entry(NamedTuple):
    """A product at its place."""

    row: ListingRow
    doc: Listed
    visible: bool
    spans: dict[str, Span]
    """What it costs now, by currency."""


class Index:
    """The products of one shop, as they stood at a revision and a moment."""

    def __init__(self) -> None:
        self.revision = -1
        self.terms_revision = -1
        self.names: dict[UUID, TermRow] = {}
        self.entries: dict[int, Entry] = {}
        self.visible = 0
        self.terms: dict[UUID, int] = {}
        self.options: dict[str, dict[str, int]] = {}
        self.in_stock = 0
        self.selling = 0
        self.reduced: dict[str, int] = {}
        self.stars: dict[int, int] = {}
        self.ranges: dict[str, dict[int, int]] = {}
        self.prices: dict[str, Order] = {}
        self.newest = Order()
        self.rating = Order()
        self.sold = Order()
        self.title_words = Vocabulary()
        self.words = Vocabulary()
        self.term_words: dict[str, list[UUID]] = {}
        self._places: dict[UUID, int] = {}
        self._free: list[int] = []
        self._next: list[tuple[datetime, int]] = []
        self._now: datetime | None = None
        self._loading = True

    def __len__(self) -> int:
        return len(self.entries)

    def place_of(self, id_: UUID) -> int | None:
        """The place of a product that shoppers see."""
        place = self._places.get(id_)
        return place if place is not None and self.entries[place].visible else None

    def name(self, terms: Iterable[TermRow], revision: int) -> None:
        """Take the shop's terms as they are at a revision."""
        self.names = {one.id: one for one in terms}
        self.terms_revision = revision
        self.term_words = {}
        for one in self.names.values():
            for word in words_of(one.name):
                self.term_words.setdefault(word, []).append(one.id)

    def apply(self, rows: Iterable[ListingRow], now: datetime) -> None:
        """Take products as they are now."""
        self._now = max(now, self._now or now)
        for row in rows:
            place = self._places.pop(row.product_id, None)
            if place is not None:
                self._clear(place)
            if row.doc is None:
                if place is not None:
                    self._free.append(place)
                continue
            if place is None:
                place = self._free.pop() if self._free else len(self._places) + len(self._free)
            self._places[row.product_id] = place
            self._set(place, row, row.doc)

    def ready(self) -> None:
        """Everything that was to be loaded is there."""
        self._loading = False
        for order in (self.newest, self.rating, self.sold, *self.prices.values()):
            order.ready()
        self.title_words.ready()
        self.words.ready()

    @property
    def next_moment(self) -> datetime | None:
        """Before when the clock alone changes nothing; None: it never does."""
        return self._next[0][0] if self._next else None

    def at(self, now: datetime) -> None:
        """Let it be that moment: what is published or priced by the clock comes and goes."""
        while self._next and self._next[0][0] <= now:
            moment, place = heappop(self._next)
            entry = self.entries.get(place)
            if entry is not None and moment in _moments(entry.doc):
                self._now = max(now, self._now or now)
                self._clear(place)
                self._set(place, entry.row, entry.doc)

    def _set(self, place: int, row: ListingRow, doc: Listed) -> None:
        now = self._now
        assert now is not None
        upcoming = [moment for moment in _moments(doc) if moment > now]
        if upcoming:
            heappush(self._next, (min(upcoming), place))
        visible = (
            doc.published_from is not None
            and doc.published_from <= now
            and (doc.published_until is None or doc.published_until > now)
        )
        spans = {
            currency: span
            for currency, every in doc.prices.items()
            if (span := _current(every, now)).lowest is not None
        }
        self.entries[place] = Entry(row, doc, visible, spans)
        if not visible:
            return
        bit = 1 << place
        self.visible |= bit
        for term in _terms(doc):
            _add(self.terms, term, bit)
        for name, values in doc.options.items():
            of_name = self.options.setdefault(name, {})
            for value in values:
                _add(of_name, value, bit)
        if row.in_stock:
            self.in_stock |= bit
        if row.sold:
            self.selling |= bit
        for stars in _stars(row):
            _add(self.stars, stars, bit)
        number = row.product_id.int
        for currency, span in spans.items():
            order = self._order_of(currency)
            assert span.lowest is not None
            order.put(place, span.lowest, number)
            _add(self.ranges.setdefault(currency, {}), range_of(span.lowest), bit)
            if span.compare_at is not None:
                _add(self.reduced, currency, bit)
        assert doc.published_from is not None
        self.newest.put(place, round(doc.published_from.timestamp() * 1_000_000), number)
        self.rating.put(place, (row.rating or 0) * 10**9 + min(row.rating_count, 10**9 - 1), number)
        self.sold.put(place, row.sold, number)
        for word in doc.title_words:
            self.title_words.put(word, bit)
        for word in doc.words:
            self.words.put(word, bit)

    def _order_of(self, currency: str) -> Order:
        order = self.prices.get(currency)
        if order is None:
            order = self.prices[currency] = Order()
            if not self._loading:
                order.ready()
        return order

    def _clear(self, place: int) -> None:
        row, doc, visible, spans = self.entries.pop(place)
        if not visible:
            return
        bit = 1 << place
        self.visible ^= bit
        for term in _terms(doc):
            _remove(self.terms, term, bit)
        for name, values in doc.options.items():
            for value in values:
                _remove(self.options[name], value, bit)
            if not self.options[name]:
                del self.options[name]
        self.in_stock &= ~bit
        self.selling &= ~bit
        for stars in _stars(row):
            _remove(self.stars, stars, bit)
        for currency, span in spans.items():
            assert span.lowest is not None
            self.prices[currency].take(place)
            _remove(self.ranges[currency], range_of(span.lowest), bit)
            if span.compare_at is not None:
                _remove(self.reduced, currency, bit)
        for order in (self.newest, self.rating, self.sold):
            order.take(place)
        for word in doc.title_words:
            self.title_words.take(word, bit)
        for word in doc.words:
            self.words.take(word, bit)


def range_of(amount: int) -> int:
    """The range of prices that an amount is in, by its number in `STEPS`."""
    return bisect_right(STEPS, amount) - 1


def _moments(doc: Listed) -> list[datetime]:
    """When the clock alone changes how a product stands."""
    every = [doc.published_from, doc.published_until]
    every += [span.since for spans in doc.prices.values() for span in spans]
    return [moment for moment in every if moment is not None]


def _current(spans: tuple[Span, ...], now: datetime) -> Span:
    return next(span for span in reversed(spans) if span.since is None or span.since <= now)


def _terms(doc: Listed) -> tuple[UUID, ...]:
    brand = (doc.brand_id,) if doc.brand_id else ()
    return (*brand, *doc.category_ids, *doc.collection_ids)


def _stars(row: ListingRow) -> range:
    return range(1, (row.rating or 0) // 1000 + 1)


def _add(where: dict[K, int], key: K, bit: int) -> None:
    where[key] = where.get(key, 0) | bit


def _remove(where: dict[K, int], key: K, bit: int) -> None:
    left = where[key] & ~bit
    if left:
        where[key] = left
    else:
        del where[key]
