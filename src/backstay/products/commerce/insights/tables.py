"""What was added for each order, and the sums of it; every row is of one generation of the projection."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, PrimaryKeyConstraint, Table, Text, text

from backstay.kernel.database import Json, Uuid, module_tables, organization_column

metadata = module_tables("insights")


def _of_shop(name: str, *columns: Column[Any], key: tuple[str, ...], index: Index | None = None) -> Table:
    """A table of sums. In the order of its key, for it is read by ranges of it."""
    return Table(
        f"insights_{name}",
        metadata,
        organization_column(),
        Column("generation", Integer, nullable=False),
        Column("shop_id", Uuid, nullable=False),
        *columns,
        PrimaryKeyConstraint("organization_id", "generation", "shop_id", *key, name=f"pk_insights_{name}"),
        *([] if index is None else [index]),
        sqlite_with_rowid=False,
    )


def _number(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _word(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _id(name: str) -> Column[Any]:
    return Column(name, Uuid, nullable=False)


orders: Final = _of_shop(
    "orders", _id("order_id"), _number("version"), Column("counted", Json, nullable=False), key=("order_id",)
)
"""What each order added, so that it can be taken away again."""
shops: Final = _of_shop("shops", _word("zone"), Column("recount_after", Uuid, nullable=True), key=())
"""Locked by whoever adds to a shop's sums. A shop that moved to another time zone is counted again, from
its first order; `recount_after` is how far that is."""
customers: Final = _of_shop(
    "customers", _word("customer"), Column("days", Json, nullable=False), key=("customer",)
)
"""On which days somebody ordered, and how often."""

days: Final = _of_shop(
    "days",
    _word("currency"),
    _word("day"),
    *map(
        _number,
        ("orders", "units", "coupon_orders", "total", "discounts", "shipping", "tax", "refunds"),
    ),
    key=("currency", "day"),
)
goods: Final = _of_shop(
    "goods",
    _word("currency"),
    _word("day"),
    _id("variant_id"),
    _id("product_id"),
    _number("units"),
    _number("total"),
    key=("currency", "day", "variant_id", "product_id"),
)
totals: Final = _of_shop(
    "totals",
    _word("currency"),
    _id("variant_id"),
    _id("product_id"),
    _number("units"),
    _number("total"),
    key=("currency", "variant_id", "product_id"),
)
products: Final = _of_shop(
    "products",
    _id("product_id"),
    _number("units"),
    # Of what the catalogue was told last.
    _number("told"),
    key=("product_id",),
)
statuses: Final = _of_shop("statuses", _word("status"), _number("orders"), key=("status",))
arrivals: Final = _of_shop("arrivals", _word("day"), _number("customers"), key=("day",))
cohorts: Final = _of_shop(
    "cohorts",
    _word("cohort"),
    _word("month"),
    _number("customers"),
    _number("orders"),
    key=("cohort", "month"),
)
_UNTOLD: Final = text("told <> units")
Index(
    "ix_insights_products_untold",
    products.c.generation,
    sqlite_where=_UNTOLD,
    postgresql_where=_UNTOLD,
)

names: Final = Table(
    "insights_names",
    metadata,
    organization_column(),
    Column("shop_id", Uuid, nullable=False),
    Column("variant_id", Uuid, nullable=False),
    Column("product_id", Uuid, nullable=False),
    Column("sku", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("image", Text, nullable=True),
    PrimaryKeyConstraint("organization_id", "shop_id", "variant_id", name="pk_insights_names"),
)
"""What goods were called when they were last sold: lists show them also when the catalogue lost them."""

fills: Final = Table(
    "insights_fills",
    metadata,
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("after_id", Uuid, nullable=False),
    Column("counted", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("done", Boolean, nullable=False),
)
"""How far each generation is with the orders that were there when it began."""

SUMS: Final = (days, goods, totals, products, statuses, arrivals, cohorts)
OF_GENERATION: Final = (orders, shops, customers, *SUMS)
