"""Products and variants at a glance: what lists show of them beside what they are."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Boolean, ColumnElement, Text, and_, case, func, or_, select

from backstay.kernel.database import Deleted, Filter, any_of, equals, listing, param, statement
from backstay.products.commerce.catalog.contracts.fields import Sku
from backstay.products.commerce.catalog.contracts.products import Media
from backstay.products.commerce.catalog.contracts.window import SearchText
from backstay.products.commerce.catalog.tables import listings, prices, products, variants


class Glance(Struct, frozen=True):
    """What a product's variants come to."""

    product_id: UUID
    variants: int
    price_from: int | None
    price_to: int | None
    in_stock: int


class Pictured(Struct, frozen=True):
    """A product's pictures."""

    id: UUID
    media: tuple[Media, ...]


class VariantLine(Struct, frozen=True):
    """A variant in a list."""

    id: UUID
    product_id: UUID
    sku: str
    title: str
    axes: tuple[str, ...]
    options: tuple[str, ...]
    image: str | None
    media: tuple[Media, ...]
    in_stock: bool
    price: int | None


class Stands(Struct, frozen=True):
    """Where a product stands."""

    product_id: UUID
    brand_id: UUID | None
    category_ids: tuple[UUID, ...]
    collection_ids: tuple[UUID, ...]


_OWN: Final = and_(prices.c.variant_id == variants.c.id, prices.c.currency == param("currency"))
GLANCES: Final = statement(
    select(
        variants.c.product_id,
        func.count().label("variants"),
        func.min(prices.c.amount).label("price_from"),
        func.max(prices.c.amount).label("price_to"),
        func.max(case((variants.c.in_stock, 1), else_=0)).label("in_stock"),
    )
    .select_from(variants.outerjoin(prices, _OWN))
    .where(any_of(variants.c.product_id, "ids"), variants.c.dropped.is_(False))
    .group_by(variants.c.product_id),
    Glance,
)
PICTURES: Final = statement(
    select(products.c.id, products.c.media).where(any_of(products.c.id, "ids")), Pictured, deleted=Deleted.ANY
)


def _contains(text: ColumnElement[Any]) -> ColumnElement[bool]:
    """In the title or the SKU, in any case, without LIKE, in which some signs mean something."""
    sku, low = func.lower(variants.c.sku), func.lower(text)
    return or_(
        func.replace(products.c.title_key, low, "") != products.c.title_key, func.replace(sku, low, "") != sku
    )


VARIANTS: Final = listing(
    select(
        variants.c.id,
        variants.c.product_id,
        variants.c.sku,
        products.c.title,
        products.c.options.label("axes"),
        variants.c.options,
        variants.c.image,
        products.c.media,
        variants.c.in_stock,
        prices.c.amount.label("price"),
    )
    .select_from(variants.join(products, products.c.id == variants.c.product_id).outerjoin(prices, _OWN))
    .where(
        variants.c.shop_id == param("shop_id"),
        # Those that are asked for by id may be gone: stock and orders still speak of them.
        or_(
            and_(param("some", Boolean).is_(True), any_of(variants.c.id, "ids")),
            and_(param("some", Boolean).is_(False), variants.c.gone.is_(False)),
        ),
    ),
    VariantLine,
    name="catalog.variants",
    key=variants.c.id,
    sorts={"sku": variants.c.sku, "title": products.c.title_key},
    default=("sku",),
    filters={
        "sku": equals(variants.c.sku, Sku, "The variant of this SKU."),
        "product_id": equals(variants.c.product_id, UUID, "Variants of this product."),
        "q": Filter(SearchText, _contains, "Variants in whose SKU or title this stands.", Text()),
    },
    deleted=Deleted.ANY,
)
STANDINGS: Final = statement(
    select(listings.c.product_id, products.c.brand_id, listings.c.category_ids, listings.c.collection_ids)
    .select_from(listings.join(products, products.c.id == listings.c.product_id))
    .where(listings.c.shop_id == param("shop_id"), any_of(listings.c.product_id, "ids")),
    Stands,
    deleted=Deleted.ANY,
)
