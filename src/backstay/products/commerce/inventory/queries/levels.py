"""Levels as they are shown, and summed for those who ask."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Integer,
    Text,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    update,
)

from backstay.kernel.database import (
    NOW,
    Filter,
    Uuid,
    any_of,
    equals,
    listing,
    param,
    statement,
)
from backstay.products.commerce.inventory.contracts import (
    Availability,
    Level,
    LevelState,
)
from backstay.products.commerce.inventory.tables import levels, locations, movements, reservations

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
