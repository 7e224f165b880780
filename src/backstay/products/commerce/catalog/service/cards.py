"""Products of a list at the prices of whoever looks: what is kept for all has everybody's alone."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from msgspec import structs

from backstay.kernel.database import Reader
from backstay.products.commerce.catalog.contracts.window import Card
from backstay.products.commerce.catalog.queries import prices as queries
from backstay.products.commerce.catalog.service import groups
from backstay.products.commerce.catalog.service.listing import span_of
from backstay.products.commerce.catalog.service.offers import offer_of
from backstay.products.commerce.shops import Shop


async def priced_for(
    reader: Reader, shop: Shop, cards: Sequence[Card], *, customer_id: UUID | None
) -> tuple[Card, ...]:
    """The cards, each at the account's own prices where a group of the account has any for it.

    Args:
        reader: in the shop's organization.
        shop: whose.
        cards: of one currency, as a search or the home gives them.
        customer_id: the account of whoever looks; a guest has everybody's prices, which no statement is
            needed for.
    """
    if customer_id is None or not cards:
        return tuple(cards)
    currency = cards[0].currency
    rows = await reader.all(
        queries.OFFERS_OF_GROUPS,
        product_ids=[str(one.id) for one in cards],
        shop_id=shop.id,
        currency=currency,
        **await groups.whose(reader, customer_id),
    )
    offered: dict[UUID, list[tuple[int, int | None]]] = {}
    for row in rows:
        offer = offer_of(row, currency)
        if offer is not None:
            offered.setdefault(row.product_id, []).append((offer.unit_price, offer.compare_at))
    return tuple(_repriced(one, offered.get(one.id, ())) for one in cards)


def _repriced(card: Card, offered: Sequence[tuple[int, int | None]]) -> Card:
    if not offered:
        return card
    price, price_to, compare_at = span_of(offered)
    return structs.replace(card, price=price, price_to=price_to, compare_at=compare_at)
