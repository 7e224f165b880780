"""What shoppers find: a page of products, in an order, with what would narrow the list."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from hashlib import blake2b
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from backstay.kernel.database import BadCursor, Reader
from backstay.kernel.errors import FieldError, Invalid
from backstay.products.commerce.catalog.contracts.window import Card, Chosen, Found, Sort
from backstay.products.commerce.catalog.queries import variants as variant_queries
from backstay.products.commerce.catalog.service.facets import choose, facets_of
from backstay.products.commerce.catalog.service.index import Index
from backstay.products.commerce.catalog.service.orders import Key, Order
from backstay.products.commerce.catalog.service.vocabulary import Score, scored
from backstay.products.commerce.catalog.service.windows import Windows
from backstay.products.commerce.catalog.service.words import words_of
from backstay.products.commerce.shops import Shop

WORDS: Final = 8
"""Words of a search that count; further ones are passed over."""
_EXACT: Final = 1_000
"""The score of a SKU, above that of any words."""


class _Position(Struct, frozen=True, array_like=True):
    """What a cursor holds: the last product's score, value and id."""

    shape: bytes
    score: int
    value: int
    id: bytes


async def search(
    reader: Reader,
    shop: Shop,
    chosen: Chosen,
    *,
    sort: Sort = Sort.RELEVANCE,
    limit: int = 24,
    cursor: str | None = None,
    facets: bool = True,
) -> Found:
    """A page of what shoppers may buy now, as it was committed before the call.

    Prices are what everybody pays: `priced_for` puts an account's own in their place. Of one
    facet any of the values is enough, of all facets each is needed; a product has an option's value if any
    of its variants has.

    Raises:
        Invalid: the shop does not sell in the currency.
        BadCursor: the cursor is of another search, or was tampered with.
    """
    if chosen.currency not in shop.currencies:
        message = f"the shop sells in {', '.join(shop.currencies)}"
        raise Invalid(FieldError(pointer="?currency", code="choice", message=message))
    windows = reader.part(Windows)
    digest = blake2b(msgspec.json.encode([shop.id, chosen, sort]), digest_size=8).digest()
    position = _opened(windows, cursor, digest)
    exact = await _with_sku(reader, shop, chosen.text)
    index = await windows.of(reader, shop.id)
    corrected: dict[str, str] = {}
    priced = index.prices.get(chosen.currency, Order()).bits
    scores = _scores(index, chosen.text, priced, exact, corrected)
    matching = 0
    for bits in scores.values():
        matching |= bits
    choice = choose(index, chosen, matching)
    among = choice.without(None)
    rows = list(_some(_walk(index, chosen, sort, scores, among, position), limit + 1))
    page = rows[:limit]
    return Found(
        items=tuple(_card(index, key[2], chosen.currency) for _, key in page),
        next_cursor=_sealed(windows, digest, page[-1]) if len(rows) > limit else None,
        total=among.bit_count(),
        facets=facets_of(index, choice, chosen.currency) if facets else None,
        corrected=corrected,
    )


async def changes_at(reader: Reader, shop: Shop) -> datetime | None:
    """Until when nothing that shoppers find changes by the clock alone; None: it never does."""
    index = await reader.part(Windows).of(reader, shop.id)
    return index.next_moment


def _opened(windows: Windows, cursor: str | None, shape: bytes) -> _Position | None:
    if cursor is None:
        return None
    payload = windows.cursors.open(cursor)
    if payload is None:
        raise BadCursor
    position = msgspec.msgpack.decode(payload, type=_Position)
    if position.shape != shape:
        raise BadCursor("the search changed since this cursor was made; start from the first page")
    return position


def _sealed(windows: Windows, shape: bytes, last: tuple[int, Key]) -> str:
    score, (value, id_, _) = last
    return windows.cursors.sign(
        msgspec.msgpack.encode(_Position(shape, score, value, id_.to_bytes(16, "big")))
    )


async def _with_sku(reader: Reader, shop: Shop, text: str) -> set[UUID]:
    """The products that have the text as a SKU."""
    word = text.strip()
    if not word or " " in word:
        return set()
    spelt = sorted({word, word.upper()})
    return {one.product_id for one in await reader.all(variant_queries.HOLDERS, shop_id=shop.id, skus=spelt)}


def _scores(index: Index, text: str, priced: int, exact: set[UUID], corrected: dict[str, str]) -> Score:
    words = words_of(text, most=WORDS)
    if not words:
        return {0: 0 if text.strip() else priced}
    scores = scored(
        [
            partial(_where, index, word, place == len(words) - 1, corrected)
            for place, word in enumerate(words)
        ],
        priced,
    )
    places = (index.place_of(id_) for id_ in exact)
    found = sum(1 << place for place in places if place is not None) & priced
    if found:
        scores = {score: bits & ~found for score, bits in scores.items()} | {_EXACT: found}
    return scores


def _where(index: Index, word: str, last: bool, corrected: dict[str, str]) -> tuple[int, int, int]:
    found = _occurs(index, word, begins=last)
    if not any(found):
        near = index.title_words.near(word)
        for other, count in index.words.near(word).items():
            near[other] = near.get(other, 0) + count
        if near:
            better = min(near, key=lambda one: (-near[one], one))
            corrected[word] = better
            found = _occurs(index, better, begins=False)
    return found


def _occurs(index: Index, word: str, *, begins: bool) -> tuple[int, int, int]:
    named = 0
    for name, terms in index.term_words.items():
        if name == word or (begins and name.startswith(word)):
            for term in terms:
                named |= index.terms.get(term, 0)
    return (
        index.title_words.where(word, begins=begins),
        named,
        index.words.where(word, begins=begins),
    )


def _walk(
    index: Index, chosen: Chosen, sort: Sort, scores: Score, among: int, position: _Position | None
) -> Iterator[tuple[int, Key]]:
    after = None if position is None else (position.value, int.from_bytes(position.id, "big"))
    if sort is not Sort.RELEVANCE:
        order, down = _order(index, chosen.currency, sort)
        for key in order.walk(among, down=down, after=after):
            yield 0, key
        return
    for score in sorted(scores, reverse=True):
        if position is not None and score > position.score:
            continue
        here = after if position is not None and score == position.score else None
        for key in index.sold.walk(scores[score] & among, down=True, after=here):
            yield score, key


def _order(index: Index, currency: str, sort: Sort) -> tuple[Order, bool]:
    match sort:
        case Sort.PRICE:
            return index.prices.get(currency, Order()), False
        case Sort.PRICE_DOWN:
            return index.prices.get(currency, Order()), True
        case Sort.RATING:
            return index.rating, True
        case Sort.NEWEST:
            return index.newest, True
        case _:
            return index.sold, True


def _some(keys: Iterator[tuple[int, Key]], most: int) -> Iterator[tuple[int, Key]]:
    for _, key in zip(range(most), keys, strict=False):
        yield key


def _card(index: Index, place: int, currency: str) -> Card:
    row, doc, _, spans = index.entries[place]
    brand = index.names.get(doc.brand_id) if doc.brand_id else None
    span = spans[currency]
    assert span.lowest is not None
    return Card(
        id=row.product_id,
        slug=doc.slug,
        title=doc.title,
        brand=brand.name if brand else None,
        image=doc.image,
        price=span.lowest,
        price_to=span.highest,
        compare_at=span.compare_at,
        currency=currency,
        rating=row.rating,
        rating_count=row.rating_count,
        in_stock=row.in_stock,
    )
