"""Edits of many prices at once: which they change, what they were, and putting them back."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from uuid import UUID

from msgspec import Struct
from sqlalchemy import BigInteger, Integer, exists, insert, literal, select, update

from backstay.kernel.database import NOW, Statement, any_of, listing, param, statement
from backstay.products.commerce.catalog.contracts.prices import PriceChange
from backstay.products.commerce.catalog.tables import (
    edited_prices,
    placements,
    price_edits,
    prices,
    products,
    variants,
)


class EditRow(Struct, frozen=True):
    """An edit of prices, without what it changed."""

    id: UUID
    currency: str
    changed: int
    unchanged: int
    created_at: datetime
    undone_at: datetime | None


class OwnPrice(Struct, frozen=True):
    """A price that an edit may change."""

    variant_id: UUID
    product_id: UUID
    sku: str
    amount: int
    compare_at: int | None


_PLACED = select(literal(1)).where(placements.c.product_id == products.c.id)


@cache
def own_prices(*, category: bool, brand: bool, collection: bool, skus: bool) -> Statement[OwnPrice]:
    """The prices in a currency of variants that fulfil what is chosen, each by a list parameter of its name.

    `categories`, `brands` and `collections` are ids of terms; `limit` is how many at most.
    """
    chosen = [
        condition
        for wanted, condition in (
            (category, exists(_PLACED.where(any_of(placements.c.term_id, "categories")))),
            (brand, any_of(products.c.brand_id, "brands")),
            (collection, exists(_PLACED.where(any_of(placements.c.term_id, "collections")))),
            (skus, any_of(variants.c.sku, "skus")),
        )
        if wanted
    ]
    sources = prices.join(variants, variants.c.id == prices.c.variant_id).join(
        products, products.c.id == variants.c.product_id
    )
    return statement(
        select(
            prices.c.variant_id, variants.c.product_id, variants.c.sku, prices.c.amount, prices.c.compare_at
        )
        .select_from(sources)
        .where(
            products.c.shop_id == param("shop_id"),
            variants.c.gone.is_(False),
            prices.c.currency == param("currency"),
            *chosen,
        )
        .order_by(variants.c.sku)
        .limit(param("limit", Integer)),
        OwnPrice,
    )


_EDIT = [price_edits.c[name] for name in EditRow.__struct_fields__]
_THAT_EDIT = (price_edits.c.shop_id == param("shop_id"), price_edits.c.id == param("id"))
EDITS = listing(
    select(*_EDIT).where(price_edits.c.shop_id == param("shop_id")),
    EditRow,
    name="catalog.price_edits",
    key=price_edits.c.id,
    sorts={"created_at": price_edits.c.created_at},
    default=("-created_at",),
)
GET_EDIT = statement(select(*_EDIT).where(*_THAT_EDIT), EditRow)
INSERT_EDIT = statement(insert(price_edits))
END_EDIT = statement(
    update(price_edits).where(*_THAT_EDIT, price_edits.c.undone_at.is_(None)).values(undone_at=NOW)
)
KEEP_EDITED = statement(insert(edited_prices))
EDITED = statement(
    select(*(edited_prices.c[name] for name in PriceChange.__struct_fields__))
    .where(edited_prices.c.edit_id == param("id"))
    .order_by(edited_prices.c.sku, edited_prices.c.variant_id),
    PriceChange,
)
PUT_BACK = statement(
    update(prices)
    .where(
        prices.c.variant_id == param("variant_id"),
        prices.c.currency == param("currency"),
        prices.c.amount == param("after"),
        prices.c.compare_at.is_not_distinct_from(param("after_compare_at", BigInteger)),
    )
    .values(amount=param("before"), compare_at=param("before_compare_at", BigInteger))
)
"""If it is still what the edit made of it."""
