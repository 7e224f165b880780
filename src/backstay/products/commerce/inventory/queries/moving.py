"""Locking levels, and moving them."""

from __future__ import annotations

from typing import Any, Final, NamedTuple
from uuid import UUID

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Update,
    any_,
    cast,
    func,
    literal,
    null,
    select,
    union,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from backstay.kernel.database import DIALECTS, Dialect, Json, Uuid, param, statement, upsert
from backstay.products.commerce.inventory.contracts import LARGEST
from backstay.products.commerce.inventory.tables import levels, locations, movements, reservations


class LevelRow(Struct, frozen=True):
    """A level as its movers see it."""

    id: UUID
    shop_id: UUID
    variant_id: UUID
    location_id: UUID
    on_hand: int
    reserved: int
    backorder_limit: int
    low_stock_at: int | None
    movements: int
    priority: int
    active: bool
    held: bool
    """Whether the holder that was asked for held something in the shop before the levels were locked."""


_HELD_BY: Final = select(movements.c.variant_id).where(
    movements.c.holder_id == param("holder_id", Uuid), movements.c.shop_id == param("shop_id", Uuid)
)
_HAS_ROW: Final = (
    select(reservations.c.holder_id).where(reservations.c.holder_id == param("holder_id", Uuid)).exists()
)


def _named(dialect: Dialect) -> Select[Any]:
    """The parameter `variant_ids`, a list, as rows: in one set with others, which an OR would not be."""
    given = param("variant_ids", Json)
    if dialect == "sqlite":
        return select(func.json_each(given).table_valued("value", name="named").c.value)
    named = func.jsonb_array_elements_text(given).table_valued("value", name="named")
    return select(cast(named.c.value, Uuid))


def _locked(dialect: Dialect) -> Select[Any]:
    rows, variant_id = union(_named(dialect), _HELD_BY).scalar_subquery(), levels.c.variant_id
    return (
        select(
            levels.c.id,
            levels.c.shop_id,
            levels.c.variant_id,
            levels.c.location_id,
            levels.c.on_hand,
            levels.c.reserved,
            levels.c.backorder_limit,
            levels.c.low_stock_at,
            levels.c.movements,
            locations.c.priority,
            locations.c.active,
            _HAS_ROW.label("held"),
        )
        .select_from(levels.join(locations, locations.c.id == levels.c.location_id))
        .where(
            levels.c.shop_id == param("shop_id", Uuid),
            # As an array it is looked up in an index: see `any_of`.
            variant_id.in_(rows) if dialect == "sqlite" else variant_id == any_(func.array(rows)),
        )
        .order_by(levels.c.id)
        .with_for_update(key_share=True, of=levels)
    )


LOCK: Final = statement({dialect: _locked(dialect) for dialect in DIALECTS}, LevelRow)
"""Every level of the variants, and of what the holder ever moved, locked in the order of the ids.

Whoever moves a level holds it by this statement, so that nobody waits for one who waits for them.
"""


class _Changes(NamedTuple):
    """The parameter `changes`, a list of objects, as rows."""

    level_id: ColumnElement[Any]
    on_hand: ColumnElement[Any]
    reserved: ColumnElement[Any]
    movements: ColumnElement[Any]


def _changes(dialect: Dialect) -> _Changes:
    if dialect == "sqlite":
        each = func.json_each(param("changes", Json)).table_valued("value", name="change")
        fields = [func.json_extract(each.c.value, f"$.{name}") for name in _Changes._fields]
        labelled = [field.label(name) for name, field in zip(_Changes._fields, fields, strict=True)]
    else:
        each = func.jsonb_array_elements(param("changes", Json)).table_valued("value", name="change")
        value = cast(each.c.value, JSONB)
        labelled = [
            cast(value[name].astext, Uuid if name == "level_id" else BigInteger).label(name)
            for name in _Changes._fields
        ]
    return _Changes(*select(*labelled).subquery("changes").c)


def _moved(dialect: Dialect) -> Update:
    change = _changes(dialect)
    on_hand, reserved = levels.c.on_hand + change.on_hand, levels.c.reserved + change.reserved
    return (
        update(levels)
        .where(
            levels.c.id == change.level_id,
            on_hand.between(0, LARGEST),
            reserved.between(0, on_hand + levels.c.backorder_limit),
        )
        .values(
            on_hand=on_hand,
            reserved=reserved,
            movements=levels.c.movements + change.movements,
            # The version is that of the thresholds.
            version=levels.c.version,
        )
    )


MOVE: Final = statement({dialect: _moved(dialect) for dialect in DIALECTS})
"""Move each level of `changes`, where the result is possible; whoever runs it counts the rows."""

MOVE_LOCKED: Final = statement(
    update(levels)
    .where(levels.c.id == param("id"))
    .values(
        on_hand=levels.c.on_hand + param("on_hand", BigInteger),
        movements=levels.c.movements + param("movements", BigInteger),
        version=levels.c.version,
    )
)
"""Move one of thousands of levels that are locked and were looked at: `MOVE` compares all with all."""

MAKE: Final = statement(
    upsert(levels, key=("organization_id", "location_id", "variant_id")).insert(
        id=param("id"),
        shop_id=param("shop_id"),
        on_hand=literal(0),
        reserved=literal(0),
        backorder_limit=literal(0),
        low_stock_at=null(),
        movements=literal(0),
    )
)
