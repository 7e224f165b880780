"""Levels: locked in the order of their ids, moved by one conditional statement, summed for those who ask."""

from __future__ import annotations

from typing import Any, Final, NamedTuple
from uuid import UUID

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Integer,
    Select,
    Text,
    Update,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from backstay.kernel.database import (
    NOW,
    Dialect,
    Filter,
    Json,
    Uuid,
    any_of,
    equals,
    listing,
    param,
    statement,
    upsert,
)
from backstay.products.commerce.inventory.contracts import (
    LARGEST,
    Availability,
    Level,
    LevelState,
)
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


_DIALECTS: Final[tuple[Dialect, ...]] = ("sqlite", "postgresql")
_HELD_BY: Final = select(movements.c.variant_id).where(
    movements.c.holder_id == param("holder_id", Uuid), movements.c.shop_id == param("shop_id", Uuid)
)


def _named(dialect: Dialect) -> Select[Any]:
    """The parameter `variant_ids`, a list, as rows: in one set with others, which an OR would not be."""
    given = param("variant_ids", Json)
    if dialect == "sqlite":
        return select(func.json_each(given).table_valued("value", name="named").c.value)
    named = func.jsonb_array_elements_text(given).table_valued("value", name="named")
    return select(cast(named.c.value, Uuid))


def _locked(dialect: Dialect) -> Select[Any]:
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
        )
        .select_from(levels.join(locations, locations.c.id == levels.c.location_id))
        .where(
            levels.c.shop_id == param("shop_id", Uuid),
            levels.c.variant_id.in_(union(_named(dialect), _HELD_BY)),
        )
        .order_by(levels.c.id)
        .with_for_update(key_share=True, of=levels)
    )


LOCK: Final = statement({dialect: _locked(dialect) for dialect in _DIALECTS}, LevelRow)
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


MOVE: Final = statement({dialect: _moved(dialect) for dialect in _DIALECTS})
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
SET_THRESHOLDS: Final = statement(
    update(levels)
    .where(
        levels.c.id == param("id"),
        levels.c.shop_id == param("shop_id"),
        levels.c.version == param("expected"),
    )
    .values(backorder_limit=param("backorder_limit"), low_stock_at=param("low_stock_at"))
)

_AVAILABLE: Final = (levels.c.on_hand - levels.c.reserved).label("available")
_SHOWN: Final = (
    levels.c.id,
    levels.c.variant_id,
    levels.c.location_id,
    levels.c.on_hand,
    levels.c.reserved,
    _AVAILABLE,
    levels.c.backorder_limit,
    levels.c.low_stock_at,
    levels.c.updated_at,
    levels.c.version,
)
GET: Final = statement(
    select(*_SHOWN).where(levels.c.id == param("id"), levels.c.shop_id == param("shop_id")), Level
)
AT: Final = statement(
    select(*_SHOWN)
    .where(
        levels.c.shop_id == param("shop_id"),
        levels.c.location_id == param("location_id"),
        any_of(levels.c.variant_id, "variant_ids"),
    )
    .order_by(levels.c.id),
    Level,
)


def _in_state(state: ColumnElement[Any]) -> ColumnElement[bool]:
    low = levels.c.on_hand - levels.c.reserved <= levels.c.low_stock_at
    out = levels.c.on_hand + levels.c.backorder_limit <= levels.c.reserved
    return or_(and_(state == LevelState.LOW.value, low), and_(state == LevelState.OUT.value, out))


LIST: Final = listing(
    select(*_SHOWN).where(levels.c.shop_id == param("shop_id")),
    Level,
    name="inventory.levels",
    key=levels.c.id,
    sorts={
        "variant_id": levels.c.variant_id,
        "on_hand": levels.c.on_hand,
        "reserved": levels.c.reserved,
        "updated_at": levels.c.updated_at,
    },
    default=("-updated_at",),
    filters={
        "variant_id": equals(levels.c.variant_id, UUID, "Levels of this variant."),
        "location_id": equals(levels.c.location_id, UUID, "Levels in this location."),
        "state": Filter(LevelState, _in_state, "Levels that are low, or out.", Text),
    },
)

# What does not count: holds that are over, though nobody has swept them yet, and the asker's own.
_DISREGARDED: Final = (
    select(movements.c.level_id, func.sum(movements.c.reserved_change).label("units"))
    .select_from(reservations.join(movements, movements.c.holder_id == reservations.c.holder_id))
    .where(
        reservations.c.shop_id == param("shop_id", Uuid),
        or_(reservations.c.expires_at <= NOW, reservations.c.holder_id == param("holder_id", Uuid)),
    )
    .group_by(movements.c.level_id)
    .subquery("disregarded")
)
_FREE: Final = levels.c.on_hand - levels.c.reserved + func.coalesce(_DISREGARDED.c.units, 0)
_LYING: Final = case((_FREE > 0, _FREE), else_=0)
_SELLING: Final = locations.c.active.is_(True)
AVAILABLE: Final = statement(
    select(
        levels.c.variant_id,
        literal(value=True, type_=Boolean).label("tracked"),
        func.coalesce(func.sum(case((_SELLING, _LYING), else_=0)), 0, type_=BigInteger).label("in_stock"),
        func.coalesce(
            func.sum(case((_SELLING, _FREE - _LYING + levels.c.backorder_limit), else_=0)),
            0,
            type_=BigInteger,
        ).label("backorder"),
    )
    .select_from(
        levels.join(locations, locations.c.id == levels.c.location_id).outerjoin(
            _DISREGARDED, _DISREGARDED.c.level_id == levels.c.id
        )
    )
    .where(levels.c.shop_id == param("shop_id", Uuid), any_of(levels.c.variant_id, "variant_ids"))
    .group_by(levels.c.variant_id),
    Availability,
)
COUNT: Final = statement(
    select(func.count().label("count")).select_from(levels).where(levels.c.shop_id == param("shop_id")), int
)
COUNT_LOW: Final = statement(
    select(func.count().label("count"))
    .select_from(levels)
    .where(levels.c.on_hand - levels.c.reserved <= levels.c.low_stock_at),
    int,
)
_LOW: Final = (
    levels.c.shop_id == param("shop_id"),
    levels.c.on_hand - levels.c.reserved <= levels.c.low_stock_at,
)
COUNT_LOW_OF_SHOP: Final = statement(
    select(func.count().label("count")).select_from(levels).where(*_LOW), int
)
LOW: Final = statement(
    select(*_SHOWN).where(*_LOW).order_by(_AVAILABLE, levels.c.id).limit(param("limit", Integer)), Level
)
