"""Products and variants at a glance, for merchants' lists and for whoever knows only their ids."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from msgspec import structs

from backstay.kernel.database import ListRequest, Page, Reader
from backstay.products.commerce.catalog.contracts.products import (
    ListedProduct,
    ProductSummary,
    Standing,
    VariantSummary,
)
from backstay.products.commerce.catalog.queries import glances as queries
from backstay.products.commerce.catalog.queries.glances import VariantLine
from backstay.products.commerce.shops import Shop


async def listed(reader: Reader, shop: Shop, page: Page[ProductSummary]) -> Page[ListedProduct]:
    """A page of products, each with a picture, its prices and whether there are any; two statements."""
    ids = [str(one.id) for one in page.items]
    found = await reader.all(queries.GLANCES, ids=ids, currency=shop.currency) if ids else []
    pictures = await reader.all(queries.PICTURES, ids=ids) if ids else []
    of, media = {one.product_id: one for one in found}, {one.id: one.media for one in pictures}
    items = []
    for summary in page.items:
        glance, pictured = of.get(summary.id), media.get(summary.id)
        items.append(
            ListedProduct(
                **structs.asdict(summary),
                image=pictured[0].url if pictured else None,
                variants=glance.variants if glance else 0,
                price_from=glance.price_from if glance else None,
                price_to=glance.price_to if glance else None,
                in_stock=bool(glance and glance.in_stock),
            )
        )
    return Page(items, page.next_cursor, page.previous_cursor)


async def list_variants(
    reader: Reader, shop: Shop, request: ListRequest, *, ids: Collection[UUID] | None
) -> Page[VariantSummary]:
    """The shop's variants, or those of these ids, gone or not."""
    page = await reader.page(
        queries.VARIANTS,
        request,
        shop_id=shop.id,
        currency=shop.currency,
        some=ids is not None,
        ids=[str(one) for one in ids or ()],
    )
    return Page([_summary(row) for row in page.items], page.next_cursor, page.previous_cursor)


def _summary(row: VariantLine) -> VariantSummary:
    return VariantSummary(
        id=row.id,
        product_id=row.product_id,
        sku=row.sku,
        title=row.title,
        # A variant that its product dropped may be of other axes than the product has now.
        options=dict(zip(row.axes, row.options, strict=False)),
        image=row.image or (row.media[0].url if row.media else None),
        in_stock=row.in_stock,
        price=row.price,
    )


async def standings(reader: Reader, shop_id: UUID, product_ids: Collection[UUID]) -> dict[UUID, Standing]:
    """Where products stand now, deleted or not; unknown ones are left out."""
    if not product_ids:
        return {}
    rows = await reader.all(queries.STANDINGS, shop_id=shop_id, ids=[str(one) for one in sorted(product_ids)])
    return {
        row.product_id: Standing(
            brand_id=row.brand_id,
            category_ids=tuple(row.category_ids),
            collection_ids=tuple(row.collection_ids),
        )
        for row in rows
    }
