"""What is for sale now, at which price."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from backstay.kernel.database import Reader
from backstay.products.commerce.catalog.contracts.prices import Offer
from backstay.products.commerce.catalog.queries import prices as queries
from backstay.products.commerce.catalog.queries.prices import OfferRow
from backstay.products.commerce.catalog.service import groups
from backstay.products.commerce.catalog.service.listing import lowest
from backstay.products.commerce.shops import Shop


async def offers(
    reader: Reader,
    shop: Shop,
    variant_ids: Collection[UUID],
    *,
    currency: str,
    customer_id: UUID | None = None,
) -> dict[UUID, Offer]:
    """Those of the variants that are for sale now, each with the price to pay.

    For sale is what is published at this moment, not deleted, and has a price in the currency: its own,
    or that of a price list for everybody or for a group of the account. The lowest that applies is the price.

    Args:
        reader: in the shop's organization; in a unit of work, it sees what that has written.
        shop: whose.
        variant_ids: any; others' and unknown ones are left out of the answer.
        currency: in which prices are wanted.
        customer_id: the account of whoever is to pay it; a guest has everybody's prices.
    """
    if not variant_ids:
        return {}
    rows = await reader.all(
        queries.OFFERS,
        ids=[str(one) for one in variant_ids],
        shop_id=shop.id,
        currency=currency,
        **await groups.whose(reader, customer_id),
    )
    return {offer.variant_id: offer for row in rows if (offer := offer_of(row, currency)) is not None}


def offer_of(row: OfferRow, currency: str) -> Offer | None:
    """The offer, if there is a price."""
    if row.own is None and row.listed is None:
        return None
    amount, compare_at = lowest(None if row.own is None else (row.own, row.compare_at), row.listed)
    return Offer(
        variant_id=row.variant_id,
        product_id=row.product_id,
        sku=row.sku,
        slug=row.slug,
        title=row.title,
        options=dict(zip(row.axes, row.options, strict=True)),
        image=row.image or (row.media[0]["url"] if row.media else None),
        unit_price=amount,
        compare_at=compare_at,
        currency=currency,
        tax_class=row.tax_class,
        discountable=row.discountable,
        weight=row.weight,
        brand_id=row.brand_id,
        category_ids=tuple(row.category_ids),
        collection_ids=tuple(row.collection_ids),
        gated=row.gated,
    )
