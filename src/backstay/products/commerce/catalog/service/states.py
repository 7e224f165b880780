"""Products read whole, any number of them in four statements."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple, TypeVar
from uuid import UUID

from msgspec import Struct

from backstay.kernel.database import Reader
from backstay.products.commerce.catalog.contracts.products import (
    Price,
    Product,
    ProductState,
    Variant,
    VariantState,
)
from backstay.products.commerce.catalog.contracts.terms import TermKind
from backstay.products.commerce.catalog.queries import products as queries
from backstay.products.commerce.catalog.queries import terms as term_queries
from backstay.products.commerce.catalog.queries import variants as variant_queries

R = TypeVar("R", bound=Struct)


class Whole(NamedTuple):
    """A product with all that belongs to it, and its row."""

    row: queries.ProductRow
    state: ProductState


async def read(reader: Reader, shop_id: UUID, ids: Collection[UUID]) -> dict[UUID, Whole]:
    """The products of the shop with these ids, deleted ones too."""
    if not ids:
        return {}
    wanted = [str(one) for one in ids]
    rows = await reader.all(queries.SOME, shop_id=shop_id, ids=wanted)
    prices: dict[UUID, list[Price]] = {}
    for row in await reader.all(variant_queries.PRICES, ids=wanted):
        price = Price(currency=row.currency, amount=row.amount, compare_at=row.compare_at)
        prices.setdefault(row.variant_id, []).append(price)
    variants: dict[UUID, list[VariantState]] = {}
    for one in await reader.all(variant_queries.VARIANTS, ids=wanted):
        variants.setdefault(one.product_id, []).append(
            VariantState(
                id=one.id,
                sku=one.sku,
                options=one.options,
                prices=tuple(prices.get(one.id, ())),
                barcode=one.barcode,
                weight=one.weight,
                image=one.image,
                position=one.position,
                in_stock=one.in_stock,
            )
        )
    places: dict[tuple[UUID, str], list[UUID]] = {}
    for place in await reader.all(queries.PLACEMENTS, ids=wanted):
        places.setdefault((place.product_id, place.kind), []).append(place.term_id)
    return {
        row.id: Whole(
            row,
            ProductState(
                id=row.id,
                slug=row.slug,
                title=row.title,
                description=row.description,
                brand_id=row.brand_id,
                category_ids=tuple(places.get((row.id, TermKind.CATEGORY), ())),
                collection_ids=tuple(places.get((row.id, TermKind.COLLECTION), ())),
                tax_class=row.tax_class,
                discountable=row.discountable,
                options=row.options,
                variants=tuple(variants.get(row.id, ())),
                media=row.media,
                published_from=row.published_from,
                published_until=row.published_until,
                deleted=row.deleted_at is not None,
            ),
        )
        for row in rows
    }


async def slugs_of(reader: Reader, shop_id: UUID, ids: Iterable[UUID]) -> dict[UUID, str]:
    """The slugs of terms."""
    wanted = sorted({str(one) for one in ids})
    if not wanted:
        return {}
    rows = await reader.all(term_queries.BY_ID, shop_id=shop_id, ids=wanted)
    return {row.id: row.slug for row in rows}


async def shown(reader: Reader, shop_id: UUID, wholes: Collection[Whole]) -> list[Product]:
    """The products as merchants see them."""
    named = await slugs_of(
        reader,
        shop_id,
        (
            id_
            for _, state in wholes
            for id_ in (
                *state.category_ids,
                *state.collection_ids,
                *([state.brand_id] if state.brand_id else ()),
            )
        ),
    )
    return [_product(one, named) for one in wholes]


def _product(whole: Whole, named: dict[UUID, str]) -> Product:
    row, state = whole
    return Product(
        id=row.id,
        slug=row.slug,
        title=row.title,
        description=row.description,
        brand=named.get(state.brand_id) if state.brand_id else None,
        categories=tuple(named[one] for one in state.category_ids),
        collections=tuple(named[one] for one in state.collection_ids),
        tax_class=row.tax_class,
        discountable=row.discountable,
        options=row.options,
        variants=tuple(
            Variant(
                id=one.id,
                sku=one.sku,
                options=one.options,
                prices=one.prices,
                barcode=one.barcode,
                weight=one.weight,
                image=one.image,
                in_stock=one.in_stock,
            )
            for one in state.variants
        ),
        media=row.media,
        published_from=row.published_from,
        published_until=row.published_until,
        created_at=row.created_at,
        updated_at=row.updated_at,
        deleted_at=row.deleted_at,
        version=row.version,
    )
