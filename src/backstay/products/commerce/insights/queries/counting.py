"""Statements of whoever adds up: what an order added before, and adding the difference."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Boolean, Integer, Table, delete, insert, literal, select, tuple_, update

from backstay.kernel.database import Json, Statement, Uuid, any_of, param, statement, upsert
from backstay.products.commerce.insights.contracts.sums import (
    AnySum,
    Arrivals,
    CohortSum,
    Counted,
    DaySum,
    GoodsSum,
    GoodsTotal,
    ProductUnits,
    StatusSum,
)
from backstay.products.commerce.insights.tables import (
    OF_GENERATION,
    arrivals,
    cohorts,
    customers,
    days,
    fills,
    goods,
    names,
    orders,
    products,
    shops,
    statuses,
    totals,
)

_SHOP: Final = ("organization_id", "generation", "shop_id")


class Held(Struct, frozen=True):
    """A shop whose sums nobody else adds to until the commit."""

    zone: str
    recount_after: UUID | None


class Known(Struct, frozen=True):
    """What an order added."""

    order_id: UUID
    version: int
    counted: Counted


class Customer(Struct, frozen=True):
    """On which days somebody ordered."""

    customer: str
    days: dict[str, int]


class Fill(Struct, frozen=True):
    """How far a generation is with the orders that were there when it began."""

    generation: int
    after_id: UUID
    counted: int
    total: int
    done: bool


class Recount(Struct, frozen=True):
    """A shop that is counted again."""

    organization_id: UUID
    generation: int
    shop_id: UUID
    recount_after: UUID


class Untold(Struct, frozen=True):
    """What the catalogue has to be told of a product."""

    organization_id: UUID
    shop_id: UUID
    product_id: UUID
    units: int


def _one(table: Table) -> tuple[Any, ...]:
    return (table.c.generation == param("generation"), table.c.shop_id == param("shop_id"))


HOLD: Final = statement(
    upsert(shops, key=_SHOP)
    .insert(zone=param("zone"))
    .update(generation=shops.c.generation)
    .returning(shops.c.zone, shops.c.recount_after),
    Held,
)
MOVE: Final = statement(
    update(shops)
    .where(*_one(shops))
    .values(zone=param("zone", shops.c.zone.type), recount_after=param("recount_after", Uuid))
)
KNOWN: Final = statement(
    select(orders.c.order_id, orders.c.version, orders.c.counted).where(
        *_one(orders), any_of(orders.c.order_id, "ids")
    ),
    Known,
)
KEEP: Final = statement(
    upsert(orders, key=(*_SHOP, "order_id"))
    .insert(version=param("version"), counted=param("counted", Json))
    .update(version=param("version"), counted=param("counted", Json))
)
CUSTOMERS: Final = statement(
    select(customers.c.customer, customers.c.days).where(
        *_one(customers), any_of(customers.c.customer, "customers")
    ),
    Customer,
)
KEEP_CUSTOMER: Final = statement(
    upsert(customers, key=(*_SHOP, "customer"))
    .insert(days=param("days", Json))
    .update(days=param("days", Json))
)
NAME: Final = statement(
    upsert(names, key=("organization_id", "shop_id", "variant_id"))
    .insert(**{name: param(name) for name in ("product_id", "sku", "title", "image")})
    .update(**{name: param(name, names.c[name].type) for name in ("product_id", "sku", "title", "image")})
)

TABLES: Final[dict[type[AnySum], Table]] = {
    DaySum: days,
    GoodsSum: goods,
    GoodsTotal: totals,
    ProductUnits: products,
    StatusSum: statuses,
    Arrivals: arrivals,
    CohortSum: cohorts,
}


def _add(kind: type[AnySum], table: Table) -> Statement[Any]:
    amounts = kind.__struct_fields__[kind.KEYS :]
    untold = {"told": literal(0)} if table is products else {}
    return statement(
        upsert(table, key=(*_SHOP, *kind.__struct_fields__[: kind.KEYS]))
        .insert(**{name: param(name, table.c[name].type) for name in amounts}, **untold)
        .update(**{name: table.c[name] + param(name, table.c[name].type) for name in amounts})
    )


def _rows(kind: type[AnySum], table: Table) -> Statement[Any]:
    return statement(select(*(table.c[name] for name in kind.__struct_fields__)).where(*_one(table)), kind)


ADD: Final = {kind: _add(kind, table) for kind, table in TABLES.items()}
"""Add to a sum, negative amounts take away."""
ROWS: Final = {kind: _rows(kind, table) for kind, table in TABLES.items()}
"""Every sum of a shop: for whoever compares them."""
COUNTED: Final = statement(select(orders.c.order_id).where(*_one(orders)), UUID)

_FILL: Final = tuple(fills.c[name] for name in Fill.__struct_fields__)
FILL: Final = statement(select(*_FILL).where(fills.c.generation == param("generation")), Fill)
BEGIN_FILL: Final = statement(insert(fills))
MOVE_FILL: Final = statement(
    update(fills)
    .where(fills.c.generation == param("generation"))
    .values(
        after_id=param("after_id", Uuid),
        counted=fills.c.counted + param("more"),
        done=param("done", Boolean),
    )
)
UNDER_WAY: Final = statement(
    select(*_FILL).where(fills.c.done.is_(False)).order_by(fills.c.generation.desc()).limit(1), Fill
)

RECOUNTS: Final = statement(
    select(shops.c.organization_id, shops.c.generation, shops.c.shop_id, shops.c.recount_after)
    .where(shops.c.recount_after.is_not(None))
    .limit(100),
    Recount,
    unscoped=True,
)
UNTOLD: Final = statement(
    select(products.c.organization_id, products.c.shop_id, products.c.product_id, products.c.units)
    .where(products.c.generation == param("generation"), products.c.told != products.c.units)
    .order_by(products.c.organization_id, products.c.shop_id, products.c.product_id)
    .limit(param("limit", Integer)),
    Untold,
    unscoped=True,
)
TELL: Final = statement(
    update(products)
    .where(*_one(products), products.c.product_id == param("product_id"))
    .values(told=param("units", products.c.told.type))
)


def _forget(table: Table) -> Statement[Any]:
    key = [table.c[column.name] for column in table.primary_key.columns]
    some = (
        select(*key)
        .where(table.c.generation == param("generation"))
        .limit(param("limit", Integer))
        .subquery("some")
    )
    return statement(delete(table).where(tuple_(*key).in_(select(*some.c))), unscoped=True)


FORGET: Final = [_forget(table) for table in OF_GENERATION]
FORGET_FILL: Final = statement(delete(fills).where(fills.c.generation == param("generation")))
