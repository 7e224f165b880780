"""What sells best, what is rated best, and what runs out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final
from uuid import UUID

from backstay.kernel.database import Reader
from backstay.products.commerce import catalog, inventory
from backstay.products.commerce.insights.contracts.reports import (
    By,
    LowItem,
    Period,
    RatedItem,
    TopItem,
    TopList,
    What,
    Window,
)
from backstay.products.commerce.insights.queries import reading as queries
from backstay.products.commerce.insights.queries.reading import Name
from backstay.products.commerce.insights.service.periods import today_in
from backstay.products.commerce.insights.service.projecting import generation_of
from backstay.products.commerce.shops import Shop

_DAYS: Final = {Window.WEEK: 7, Window.MONTH: 30, Window.QUARTER: 90}
_PACE: Final = 30
"""Days by which it is judged for how long goods last."""


def period_of_window(window: Window, today: date) -> Period | None:
    """The days that a window shows; None for all."""
    if window is Window.ALL:
        return None
    return Period(since=today - timedelta(days=_DAYS[window] - 1), until=today)


async def top(
    reader: Reader, shop: Shop, currency: str, period: Period | None, *, what: What, by: By, limit: int
) -> TopList:
    """What sold best in a period, or since ever."""
    within = {} if period is None else {"since": period.since.isoformat(), "until": period.until.isoformat()}
    statement = queries.TOP[what is What.PRODUCTS, by is By.UNITS, period is not None]
    rows = await reader.all(
        statement,
        generation=await generation_of(reader),
        shop_id=shop.id,
        currency=currency,
        limit=limit,
        **within,
    )
    products = await _names(reader, shop, [row.product_id for row in rows])
    items = []
    for row in rows:
        called = products.get(row.product_id, [])
        name = next((one for one in called if row.variant_id in {None, one.variant_id}), None)
        items.append(
            TopItem(
                product_id=row.product_id,
                variant_id=row.variant_id,
                title=name.title if name else str(row.product_id),
                sku=name.sku if name and row.variant_id is not None else None,
                image=name.image if name else None,
                units=row.units,
                revenue=row.revenue,
            )
        )
    return TopList(currency=currency, period=period, items=items)


async def _names(reader: Reader, shop: Shop, ids: list[UUID]) -> dict[UUID, list[Name]]:
    found: dict[UUID, list[Name]] = {}
    if ids:
        for one in await reader.all(
            queries.NAMES_OF_PRODUCTS, shop_id=shop.id, ids=[str(id_) for id_ in ids]
        ):
            found.setdefault(one.product_id, []).append(one)
    return found


async def rated(reader: Reader, shop: Shop, *, limit: int) -> list[RatedItem]:
    """What shoppers rate best of what they can buy now."""
    chosen = catalog.Chosen(currency=shop.currency)
    found = await catalog.search(reader, shop, chosen, sort=catalog.Sort.RATING, limit=limit, facets=False)
    return [
        RatedItem(
            product_id=card.id,
            title=card.title,
            image=card.image.url if card.image else None,
            rating=card.rating,
            rating_count=card.rating_count,
        )
        for card in found.items
        if card.rating is not None
    ]


async def low_stock(reader: Reader, shop: Shop, *, limit: int) -> list[LowItem]:
    """What is at or below its threshold, the fewest first, and how long that lasts."""
    levels = await inventory.low(reader, shop.id, limit=limit)
    if not levels:
        return []
    variants = sorted({level.variant_id for level in levels})
    ids = [str(id_) for id_ in variants]
    names = {
        one.variant_id: one for one in await reader.all(queries.NAMES_OF_VARIANTS, shop_id=shop.id, ids=ids)
    }
    offers = await catalog.offers(reader, shop, variants, currency=shop.currency)
    today = today_in(shop, reader.now())
    sold = {
        row.variant_id: row.units
        for row in await reader.all(
            queries.SOLD,
            generation=await generation_of(reader),
            shop_id=shop.id,
            since=(today - timedelta(days=_PACE - 1)).isoformat(),
            until=today.isoformat(),
            ids=ids,
        )
    }
    items = []
    for level in levels:
        known = offers.get(level.variant_id) or names.get(level.variant_id)
        units = max(0, sold.get(level.variant_id, 0))
        items.append(
            LowItem(
                level_id=level.id,
                variant_id=level.variant_id,
                location_id=level.location_id,
                title=known.title if known else None,
                sku=known.sku if known else None,
                image=known.image if known else None,
                available=level.available,
                low_stock_at=level.low_stock_at or 0,
                sold=units,
                days_left=max(0, level.available) * _PACE // units if units else None,
            )
        )
    return items
