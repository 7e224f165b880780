"""What variants cost: their own prices, price lists, and what is for sale now."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from uuid import UUID

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    Integer,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from backstay.kernel.database import NOW, Statement, Uuid, any_of, equals, listing, param, statement, upsert
from backstay.products.commerce.catalog.contracts.prices import ListedPrice, PriceChange, PriceList
from backstay.products.commerce.catalog.queries.groups import FOR_WHOM
from backstay.products.commerce.catalog.tables import (
    edited_prices,
    list_prices,
    listings,
    placements,
    price_edits,
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
