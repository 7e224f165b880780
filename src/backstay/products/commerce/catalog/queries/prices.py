"""What variants cost: their own prices, price lists, and what is for sale now."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from sqlalchemy import (
    and_,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from backstay.kernel.database import NOW, Uuid, any_of, equals, listing, param, statement, upsert
from backstay.products.commerce.catalog.contracts.prices import ListedPrice, PriceList
from backstay.products.commerce.catalog.queries.groups import FOR_WHOM
from backstay.products.commerce.catalog.tables import (
    list_prices,
    listings,
    price_lists,
    prices,
    products,
    variants,
)


class OfferRow(Struct, frozen=True):
    """A variant that is for sale, with its own price and the lowest of the lists that apply."""

    variant_id: UUID
    product_id: UUID
    sku: str
    slug: str
    title: str
    axes: tuple[str, ...]
    options: tuple[str, ...]
    image: str | None
    media: list[dict[str, str]]
    own: int | None
    compare_at: int | None
    listed: int | None
    tax_class: str
    discountable: bool
    weight: int
    brand_id: UUID | None
    in_stock: bool
    gated: bool
    category_ids: list[UUID]
    collection_ids: list[UUID]


class ScheduledPrice(Struct, frozen=True):
    """A price of everybody's list, and when it applies."""

    product_id: UUID
    variant_id: UUID
    currency: str
    amount: int
    starts_at: datetime | None
    ends_at: datetime | None


_IN_EFFECT = and_(
    price_lists.c.currency == param("currency"),
    or_(price_lists.c.starts_at.is_(None), price_lists.c.starts_at <= NOW),
    or_(price_lists.c.ends_at.is_(None), price_lists.c.ends_at > NOW),
    or_(price_lists.c.customer_group.is_(None), FOR_WHOM),
)
_LOWEST = (
    select(func.min(list_prices.c.amount))
    .select_from(list_prices.join(price_lists, price_lists.c.id == list_prices.c.price_list_id))
    .where(list_prices.c.variant_id == variants.c.id, _IN_EFFECT)
    .correlate(variants)
    .scalar_subquery()
)
_listed = variants.alias("listed")
_VISIBLE = and_(
    products.c.published_from <= NOW,
    or_(products.c.published_until.is_(None), products.c.published_until > NOW),
)
_OFFERED = (
    variants.join(products, products.c.id == variants.c.product_id)
    .join(listings, listings.c.product_id == products.c.id)
    .outerjoin(prices, and_(prices.c.variant_id == variants.c.id, prices.c.currency == param("currency")))
)
_OFFER = (
    variants.c.id.label("variant_id"),
    variants.c.product_id,
    variants.c.sku,
    products.c.slug,
    products.c.title,
    products.c.options.label("axes"),
    variants.c.options,
    variants.c.image,
    products.c.media,
    prices.c.amount.label("own"),
    prices.c.compare_at,
    _LOWEST.label("listed"),
    products.c.tax_class,
    products.c.discountable,
    variants.c.weight,
    products.c.brand_id,
    variants.c.in_stock,
    variants.c.gated,
    listings.c.category_ids,
    listings.c.collection_ids,
)
_FOR_SALE = (products.c.shop_id == param("shop_id"), variants.c.gone.is_(False), _VISIBLE)

OFFERS = statement(
    select(*_OFFER).select_from(_OFFERED).where(any_of(variants.c.id, "ids"), *_FOR_SALE), OfferRow
)
OFFERS_OF = statement(
    select(*_OFFER)
    .select_from(_OFFERED)
    .where(variants.c.product_id == param("product_id", Uuid), *_FOR_SALE)
    .order_by(variants.c.position, variants.c.id),
    OfferRow,
)
_OF_GROUPS = (
    select(literal(1))
    .select_from(
        list_prices.join(price_lists, price_lists.c.id == list_prices.c.price_list_id).join(
            _listed, _listed.c.id == list_prices.c.variant_id
        )
    )
    .where(
        _listed.c.product_id == variants.c.product_id, price_lists.c.customer_group.is_not(None), _IN_EFFECT
    )
    .correlate(variants)
    .exists()
)
OFFERS_OF_GROUPS = statement(
    select(*_OFFER)
    .select_from(_OFFERED)
    .where(any_of(variants.c.product_id, "product_ids"), *_FOR_SALE, _OF_GROUPS),
    OfferRow,
)
"""What is for sale of those products of which a group of whoever asks has a price."""
SCHEDULED = statement(
    select(
        variants.c.product_id,
        list_prices.c.variant_id,
        price_lists.c.currency,
        list_prices.c.amount,
        price_lists.c.starts_at,
        price_lists.c.ends_at,
    )
    .select_from(
        list_prices.join(price_lists, price_lists.c.id == list_prices.c.price_list_id).join(
            variants, variants.c.id == list_prices.c.variant_id
        )
    )
    .where(any_of(variants.c.product_id, "ids"), price_lists.c.customer_group.is_(None)),
    ScheduledPrice,
)

_LIST = [price_lists.c[name] for name in PriceList.__struct_fields__]
_THAT_LIST = (price_lists.c.shop_id == param("shop_id"), price_lists.c.id == param("id"))
LISTS = listing(
    select(*_LIST).where(price_lists.c.shop_id == param("shop_id")),
    PriceList,
    name="catalog.price_lists",
    key=price_lists.c.id,
    sorts={"created_at": price_lists.c.created_at},
    default=("-created_at",),
)
GET_LIST = statement(select(*_LIST).where(*_THAT_LIST), PriceList)
INSERT_LIST = statement(insert(price_lists))
CHANGE_LIST = statement(
    update(price_lists)
    .where(*_THAT_LIST, price_lists.c.version == param("version"))
    .values(
        {
            name: param(name, price_lists.c[name].type)
            for name in ("name", "customer_group", "starts_at", "ends_at")
        }
    )
)
REMOVE_LIST = statement(delete(price_lists).where(*_THAT_LIST, price_lists.c.version == param("version")))
LIST_PRICES = listing(
    select(list_prices.c.variant_id, variants.c.sku, list_prices.c.amount)
    .select_from(list_prices.join(variants, variants.c.id == list_prices.c.variant_id))
    .where(list_prices.c.price_list_id == param("id", Uuid)),
    ListedPrice,
    name="catalog.list_prices",
    key=list_prices.c.variant_id,
    sorts={"sku": variants.c.sku},
    default=("sku",),
    filters={"product_id": equals(variants.c.product_id, UUID, "Prices of this product's variants.")},
)
LISTED_PRODUCTS = statement(
    select(variants.c.product_id)
    .distinct()
    .select_from(list_prices.join(variants, variants.c.id == list_prices.c.variant_id))
    .where(list_prices.c.price_list_id == param("id", Uuid)),
    UUID,
)
PUT_LIST_PRICE = statement(
    upsert(list_prices, key=("organization_id", "variant_id", "price_list_id"))
    .insert(amount=param("amount"))
    .update(amount=param("amount"))
)
DROP_LIST_PRICE = statement(
    delete(list_prices).where(
        list_prices.c.price_list_id == param("price_list_id"), list_prices.c.variant_id == param("variant_id")
    )
)
