"""Products as lists need them, and what other modules tell of them."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct
from sqlalchemy import BigInteger, Boolean, Integer, select, update

from backstay.kernel.database import Uuid, param, statement, upsert
from backstay.products.commerce.catalog.contracts.window import Listed
from backstay.products.commerce.catalog.tables import listings


class ListingRow(Struct, frozen=True):
    """A product in the shop's window; `doc` is None when it is deleted."""

    product_id: UUID
    revision: int
    doc: Listed | None
    in_stock: bool
    rating: int | None
    rating_count: int
    sold: int


class Facts(Struct, frozen=True):
    """What other modules told of a product."""

    rating: int | None
    rating_count: int


_DOC = {
    name: param(name, listings.c[name].type)
    for name in ("revision", "doc", "category_ids", "collection_ids", "in_stock")
}
PUT = statement(
    upsert(listings, key=("organization_id", "product_id"))
    .insert(shop_id=param("shop_id"), rating_count=0, sold=0, **_DOC)
    .update(**_DOC)
)
SINCE = statement(
    select(*(listings.c[name] for name in ListingRow.__struct_fields__))
    .where(
        listings.c.shop_id == param("shop_id"),
        listings.c.revision >= param("revision"),
        (listings.c.revision > param("revision")) | (listings.c.product_id > param("after", Uuid)),
    )
    .order_by(listings.c.revision, listings.c.product_id)
    .limit(param("limit", Integer)),
    ListingRow,
)
FACTS = statement(
    select(listings.c.rating, listings.c.rating_count).where(listings.c.product_id == param("product_id")),
    Facts,
)
RATED = statement(
    update(listings)
    .where(listings.c.shop_id == param("shop_id"), listings.c.product_id == param("product_id"))
    .values(
        revision=param("revision", BigInteger),
        rating=param("rating", Integer),
        rating_count=param("rating_count", Integer),
    )
)
SOLD = statement(
    update(listings)
    .where(listings.c.shop_id == param("shop_id"), listings.c.product_id == param("product_id"))
    .values(revision=param("revision", BigInteger), sold=param("units", BigInteger))
)
RESTOCKED = statement(
    update(listings)
    .where(listings.c.shop_id == param("shop_id"), listings.c.product_id == param("product_id"))
    .values(revision=param("revision", BigInteger), in_stock=param("in_stock", Boolean))
)
