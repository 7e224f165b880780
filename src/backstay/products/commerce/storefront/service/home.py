"""A shop's home: made of the catalogue's own searches, kept until a commit or the clock makes it old."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final
from uuid import UUID

from msgspec import structs

from backstay.kernel.database import Reader, UnitOfWork
from backstay.products.commerce import catalog
from backstay.products.commerce.catalog import Chosen, Sort
from backstay.products.commerce.shops import Shop
from backstay.products.commerce.storefront.contracts import Home, HomeCategory, Section, SectionKind
from backstay.systems.cache import Cache, Kind, Once, Sharing, invalidate

HOME: Final = Kind(
    "storefront.home",
    Home,
    Sharing.ORGANIZATION,
    ttl=300,
    # A few searches in memory: cheaper than asking other processes whether they have done them.
    once=Once.PROCESS,
)
_ITEMS: Final = 8
_ASKED: Final[Sequence[tuple[SectionKind, Sort, Mapping[str, Any]]]] = (
    (SectionKind.TOP_SELLING, Sort.BEST_SELLING, {"selling": True}),
    (SectionKind.ON_SALE, Sort.BEST_SELLING, {"on_sale": True}),
    (SectionKind.HIGHEST_RATED, Sort.RATING, {"rating": 1}),
    (SectionKind.NEWEST, Sort.NEWEST, {}),
)
"""What is in each section: only what was sold can be selling, and only what was rated is rated."""


class Keeper:
    """Forgets a shop's home with the commit of whatever changes its window; a `WindowWatcher`."""

    def moved(self, uow: UnitOfWork, shop_id: UUID) -> None:
        """As `WindowWatcher.moved`."""
        invalidate(uow, _tag(shop_id))


async def home(reader: Reader, shop: Shop, currency: str) -> Home:
    """What the shop shows first, as it was committed; at most 250 ms later where another process wrote.

    Args:
        reader: in the shop's organization, as `enter` makes it; no unit of work.
        shop: whose.
        currency: in which prices are wanted.

    Raises:
        Invalid: the shop does not sell in the currency.
    """
    cache = reader.part(Cache)

    async def fill() -> Home:
        return await _made(reader, shop, currency)

    since: datetime | None = None
    while True:
        # What is kept ends with `until`; what follows it is kept under that moment's name.
        key = HOME.key(reader, shop.id, currency, since)
        kept = await cache.get_or_fill(key, fill, tags=[_tag(shop.id)])
        if kept.until is None or reader.now() < kept.until:
            return kept
        if since is not None and kept.until <= since:
            return await fill()  # made by a process whose clock is behind
        since = kept.until


async def priced_for(reader: Reader, shop: Shop, home: Home, customer_id: UUID | None) -> Home:
    """The home at the account's own prices, which are kept nowhere; a guest's is everybody's."""
    every = [item for section in home.sections for item in section.items]
    cards = iter(await catalog.priced_for(reader, shop, every, customer_id=customer_id))
    sections = tuple(
        structs.replace(section, items=tuple(islice(cards, len(section.items)))) for section in home.sections
    )
    return structs.replace(home, sections=sections)


async def _made(reader: Reader, shop: Shop, currency: str) -> Home:
    # First: a moment that passes while the sections are made has passed then, and ends what is kept.
    until = await catalog.changes_at(reader, shop)
    everything = Chosen(currency=currency)
    whole = await catalog.search(reader, shop, everything, limit=1)
    sections = []
    for kind, sort, narrowed in _ASKED:
        chosen = structs.replace(everything, **narrowed)
        found = await catalog.search(reader, shop, chosen, sort=sort, limit=_ITEMS, facets=False)
        if found.items:
            sections.append(Section(kind=kind, items=found.items, total=found.total))
    assert whole.facets is not None
    return Home(
        currency=currency,
        products=whole.total,
        sections=tuple(sections),
        categories=tuple(
            HomeCategory(slug=one.slug, name=one.name, parent=one.parent, count=one.count)
            for one in whole.facets.categories
        ),
        until=until,
    )


def _tag(shop_id: UUID) -> str:
    return f"storefront.{shop_id}"
