"""How a product stands in the shop's window: made anew, in the commit of whatever changes it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final
from uuid import UUID

from backstay.kernel.database import UnitOfWork
from backstay.products.commerce.catalog.contracts.products import ProductState
from backstay.products.commerce.catalog.contracts.terms import TermKind
from backstay.products.commerce.catalog.contracts.window import Listed, Span
from backstay.products.commerce.catalog.queries import listings as queries
from backstay.products.commerce.catalog.queries import prices as price_queries
from backstay.products.commerce.catalog.queries import terms as term_queries
from backstay.products.commerce.catalog.queries.prices import ScheduledPrice
from backstay.products.commerce.catalog.service import states
from backstay.products.commerce.catalog.service.words import words_of

_AT_ONCE: Final = 500


async def relist(uow: UnitOfWork, shop_id: UUID, revision: int, ids: Collection[UUID]) -> None:
    """Make the listings of products anew, at a revision that the unit has taken."""
    if not ids:
        return
    above = _lines(await uow.all(term_queries.ALL, shop_id=shop_id))
    every = sorted(set(ids))
    for start in range(0, len(every), _AT_ONCE):
        some = every[start : start + _AT_ONCE]
        wholes = await states.read(uow, shop_id, some)
        scheduled: dict[UUID, list[ScheduledPrice]] = {}
        for price in await uow.all(price_queries.SCHEDULED, ids=[str(one) for one in some]):
            scheduled.setdefault(price.product_id, []).append(price)
        rows = []
        for id_, (row, state) in wholes.items():
            categories = tuple(dict.fromkeys(up for one in state.category_ids for up in above[one]))
            rows.append(
                {
                    "product_id": id_,
                    "shop_id": shop_id,
                    "revision": revision,
                    "doc": None
                    if state.deleted
                    else _listed(state, categories, scheduled.get(id_, ()), row.created_at),
                    "category_ids": categories,
                    "collection_ids": state.collection_ids,
                    "in_stock": any(one.in_stock for one in state.variants),
                }
            )
        await uow.execute_many(queries.PUT, rows)


def _lines(terms: Iterable[term_queries.TermRow]) -> dict[UUID, tuple[UUID, ...]]:
    """Each category with those above it, itself first."""
    parents = {one.id: one.parent_id for one in terms if one.kind is TermKind.CATEGORY}
    lines: dict[UUID, tuple[UUID, ...]] = {}
    for id_ in parents:
        line: list[UUID] = []
        at: UUID | None = id_
        while at is not None:
            line.append(at)
            at = parents.get(at)
        lines[id_] = tuple(line)
    return lines


def _listed(
    state: ProductState,
    categories: tuple[UUID, ...],
    scheduled: Sequence[ScheduledPrice],
    created_at: datetime,
) -> Listed:
    options = {
        name: tuple(dict.fromkeys(one.options[place] for one in state.variants))
        for place, name in enumerate(state.options)
    }
    values = " ".join(value for some in options.values() for value in some)
    return Listed(
        slug=state.slug,
        title=state.title,
        image=state.media[0] if state.media else None,
        brand_id=state.brand_id,
        category_ids=categories,
        collection_ids=state.collection_ids,
        options=options,
        prices=_spans(state, scheduled),
        title_words=words_of(state.title),
        words=words_of(f"{values} {state.description}"),
        published_from=state.published_from,
        published_until=state.published_until,
        created_at=created_at,
    )


def _spans(state: ProductState, scheduled: Sequence[ScheduledPrice]) -> dict[str, tuple[Span, ...]]:
    own: dict[str, dict[UUID, tuple[int, int | None]]] = {}
    for one in state.variants:
        for price in one.prices:
            own.setdefault(price.currency, {})[one.id] = price.amount, price.compare_at
    living = {one.id for one in state.variants}
    lists: dict[str, list[ScheduledPrice]] = {}
    for entry in scheduled:
        if entry.variant_id in living:
            lists.setdefault(entry.currency, []).append(entry)
    return {
        currency: _schedule(own.get(currency, {}), lists.get(currency, []))
        for currency in sorted(own.keys() | lists.keys())
    }


def _schedule(
    own: Mapping[UUID, tuple[int, int | None]], lists: Sequence[ScheduledPrice]
) -> tuple[Span, ...]:
    """What everybody pays over time: a span for as long as the same lists apply."""
    moments = sorted({at for one in lists for at in (one.starts_at, one.ends_at) if at is not None})
    spans = [_span(None, own, [one for one in lists if one.starts_at is None])]
    for at in moments:
        now = [
            one
            for one in lists
            if (one.starts_at is None or one.starts_at <= at) and (one.ends_at is None or one.ends_at > at)
        ]
        spans.append(_span(at, own, now))
    return (spans[0], *(after for before, after in pairwise(spans) if _same(before) != _same(after)))


def _same(span: Span) -> tuple[int | None, int, int | None]:
    return span.lowest, span.highest, span.compare_at


def _span(
    since: datetime | None,
    own: Mapping[UUID, tuple[int, int | None]],
    lists: Sequence[ScheduledPrice],
) -> Span:
    offered: dict[UUID, tuple[int, int | None]] = dict(own)
    for one in lists:
        offered[one.variant_id] = lowest(offered.get(one.variant_id), one.amount)
    if not offered:
        return Span(since, None, 0, None)
    return Span(since, *span_of(offered.values()))


def span_of(offered: Collection[tuple[int, int | None]]) -> tuple[int, int, int | None]:
    """The lowest and the highest of some prices, and what is crossed out beside the lowest.

    Of the cheapest, it is the one with the most crossed out that the shopper is shown.
    """
    first = min(offered, key=lambda pair: (pair[0], -(pair[1] or 0)))
    return first[0], max(amount for amount, _ in offered), first[1]


def lowest(own: tuple[int, int | None] | None, listed: int | None) -> tuple[int, int | None]:
    """The price to pay and what is crossed out beside it, of a variant's own price and a list's."""
    if own is None:
        assert listed is not None
        return listed, None
    amount, compare_at = own
    if listed is None or listed >= amount:
        return own
    return listed, max(compare_at or 0, amount)
