"""Variants and their own prices."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct
from sqlalchemy import delete, insert, or_, select, update

from backstay.kernel.database import any_of, param, statement, upsert
from backstay.products.commerce.catalog.tables import prices, variants


class VariantRow(Struct, frozen=True):
    """A variant without its prices."""

    id: UUID
    product_id: UUID
    sku: str
    options: tuple[str, ...]
    barcode: str
    weight: int
    image: str | None
    position: int
    in_stock: bool


class PriceRow(Struct, frozen=True):
    """A price."""

    variant_id: UUID
    currency: str
    amount: int
    compare_at: int | None


class Held(Struct, frozen=True):
    """Who holds a SKU."""

    id: UUID
    product_id: UUID
    sku: str


VARIANTS = statement(
    select(*(variants.c[name] for name in VariantRow.__struct_fields__))
    .where(any_of(variants.c.product_id, "ids"), variants.c.dropped.is_(False))
    .order_by(variants.c.product_id, variants.c.position, variants.c.id),
    VariantRow,
)
PRICES = statement(
    select(prices.c.variant_id, prices.c.currency, prices.c.amount, prices.c.compare_at)
    .select_from(prices.join(variants, variants.c.id == prices.c.variant_id))
    .where(any_of(variants.c.product_id, "ids"), variants.c.dropped.is_(False))
    .order_by(prices.c.variant_id, prices.c.currency),
    PriceRow,
)
INSERT_VARIANT = statement(
    insert(variants).values(
        {
            name: param(name, variants.c[name].type)
            for name in (
                "id",
                "shop_id",
                "product_id",
                "sku",
                "options",
                "barcode",
                "weight",
                "image",
                "position",
                "in_stock",
            )
        }
        | {"dropped": False, "gone": False}
    )
)
CHANGE_VARIANT = statement(
    update(variants)
    .where(variants.c.id == param("id"))
    .values(
        {
            name: param(name, variants.c[name].type)
            for name in ("sku", "options", "barcode", "weight", "image", "position")
        }
        | {"dropped": False, "gone": False}
    )
)
"""One that was dropped is back with it."""
DROP_VARIANTS = statement(
    update(variants).where(any_of(variants.c.id, "ids")).values(dropped=True, gone=True)
)
GONE = statement(
    update(variants)
    .where(variants.c.product_id == param("product_id"), variants.c.dropped.is_(False))
    .values(gone=param("gone", variants.c.gone.type))
)
_DROPPED = (
    select(variants.c.id, variants.c.product_id, variants.c.sku)
    .where(variants.c.product_id == param("product_id"), variants.c.dropped.is_(True))
    .order_by(variants.c.id)
)
DROPPED = statement(_DROPPED.where(any_of(variants.c.id, "ids")), Held)
DROPPED_SKUS = statement(_DROPPED.where(any_of(variants.c.sku, "skus")), Held)
HOLDERS = statement(
    select(variants.c.id, variants.c.product_id, variants.c.sku).where(
        variants.c.shop_id == param("shop_id"), variants.c.gone.is_(False), any_of(variants.c.sku, "skus")
    ),
    Held,
)
STOCKED = statement(
    update(variants)
    .where(
        variants.c.shop_id == param("shop_id"),
        any_of(variants.c.id, "ids"),
        variants.c.in_stock != param("in_stock"),
    )
    .values(in_stock=param("in_stock", variants.c.in_stock.type))
    .returning(variants.c.product_id),
    UUID,
)
GATE = statement(
    update(variants)
    .where(
        variants.c.shop_id == param("shop_id"),
        any_of(variants.c.id, "ids"),
        or_(variants.c.dropped.is_(False), variants.c.gated),
    )
    .values(gated=param("gated", variants.c.gated.type))
    .returning(variants.c.id),
    UUID,
)
"""What its product has no more cannot be gated; but what was gated before that is given back."""
OF_VARIANTS = statement(
    select(variants.c.id, variants.c.product_id, variants.c.sku).where(
        variants.c.shop_id == param("shop_id"), any_of(variants.c.id, "ids")
    ),
    Held,
)

PUT_PRICE = statement(
    upsert(prices, key=("organization_id", "variant_id", "currency"))
    .insert(amount=param("amount"), compare_at=param("compare_at", prices.c.compare_at.type))
    .update(amount=param("amount"), compare_at=param("compare_at", prices.c.compare_at.type))
)
DROP_PRICE = statement(
    delete(prices).where(prices.c.variant_id == param("variant_id"), prices.c.currency == param("currency"))
)
DROP_PRICES = statement(delete(prices).where(prices.c.variant_id == param("variant_id")))
