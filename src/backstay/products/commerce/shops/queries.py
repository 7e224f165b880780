"""The statements of shops."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Column, ColumnElement, delete, func, insert, literal_column, select, update

from backstay.kernel.database import listing, param, statement
from backstay.products.commerce.shops.contracts import Rate, ShippingOption, Shop
from backstay.products.commerce.shops.tables import methods, rates, shops


class Charge(Struct, frozen=True):
    """A tax, which has a class, or a way of shipping, which has an id."""

    tax_class: str | None
    name: str
    ppm: int | None
    id: UUID | None
    amount: int | None
    currency: str | None
    countries: tuple[str, ...] | None
    free_from: int | None
    max_weight: int | None
    position: int | None


def _nothing(column: Column[Any]) -> ColumnElement[Any]:
    return literal_column("NULL", column.type).label(column.name)


_COLUMNS = (
    shops.c.id,
    shops.c.organization_id,
    shops.c.slug,
    shops.c.name,
    shops.c.currency,
    shops.c.currencies,
    shops.c.country,
    shops.c.prices,
    shops.c.rounded_per,
    shops.c.order_expiry,
    shops.c.cart_hold,
    shops.c.merge,
    shops.c.time_zone,
    shops.c.exact_stock,
    shops.c.closed,
    shops.c.created_at,
    shops.c.updated_at,
    shops.c.version,
)

CREATE = statement(insert(shops))
GET = statement(select(*_COLUMNS).where(shops.c.id == param("id")), Shop)
OWN = statement(select(*_COLUMNS).where(shops.c.slug == param("slug")), Shop)
TAKEN = statement(select(shops.c.id).where(shops.c.slug == param("slug")), UUID, unscoped=True)
OPEN = statement(
    select(*_COLUMNS).where(shops.c.slug == param("slug"), shops.c.closed.is_(False)), Shop, unscoped=True
)
"""Whoever's it is: the door that shoppers come in by."""
LIST = listing(
    select(*_COLUMNS),
    Shop,
    name="shops.list",
    key=shops.c.id,
    sorts={"name": shops.c.name, "created_at": shops.c.created_at},
    default=("name",),
)
COUNT = statement(select(func.count().label("count")).select_from(shops), int)
CHANGE = statement(
    update(shops)
    .where(shops.c.id == param("id"), shops.c.version == param("expected"))
    .values(
        {
            name: param(name, shops.c[name].type)
            for name in (
                "name",
                "currency",
                "currencies",
                "country",
                "prices",
                "rounded_per",
                "order_expiry",
                "cart_hold",
                "merge",
                "time_zone",
                "exact_stock",
                "closed",
            )
        }
    )
)

_RATE = (rates.c.country, rates.c.name, rates.c.ppm, rates.c.tax_class)
RATES = statement(
    select(*_RATE)
    .where(rates.c.shop_id == param("shop_id"))
    .order_by(rates.c.country, rates.c.tax_class, rates.c.name),
    Rate,
)
ADD_RATE = statement(insert(rates))
DROP_RATES = statement(delete(rates).where(rates.c.shop_id == param("shop_id")))

_METHOD = (
    methods.c.id,
    methods.c.name,
    methods.c.amount,
    methods.c.currency,
    methods.c.countries,
    methods.c.free_from,
    methods.c.max_weight,
    methods.c.position,
)
_THAT = (methods.c.shop_id == param("shop_id"), methods.c.id == param("id"))
METHODS = statement(
    select(*_METHOD).where(methods.c.shop_id == param("shop_id")).order_by(methods.c.position, methods.c.id),
    ShippingOption,
)
CHARGES = statement(
    select(
        rates.c.tax_class,
        rates.c.name,
        rates.c.ppm,
        *(_nothing(one) for one in _METHOD if one.name != "name"),
    )
    .where(rates.c.shop_id == param("shop_id"), rates.c.country == param("country"))
    .union_all(
        select(
            _nothing(rates.c.tax_class),
            methods.c.name,
            _nothing(rates.c.ppm),
            *(one for one in _METHOD if one.name != "name"),
        ).where(methods.c.shop_id == param("shop_id"))
    )
    .order_by("position", "id", "tax_class", "name"),
    Charge,
)
"""The taxes of one country and all ways of shipping, in one look."""
METHOD = statement(select(*_METHOD).where(*_THAT), ShippingOption)
COUNT_METHODS = statement(
    select(func.count().label("count")).select_from(methods).where(methods.c.shop_id == param("shop_id")), int
)
ADD_METHOD = statement(insert(methods))
REPLACE_METHOD = statement(
    update(methods)
    .where(*_THAT)
    .values(
        {
            name: param(name, methods.c[name].type)
            for name in ("name", "amount", "currency", "countries", "free_from", "max_weight", "position")
        }
    )
)
DROP_METHOD = statement(delete(methods).where(*_THAT))
