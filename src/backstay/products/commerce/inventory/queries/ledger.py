"""The ledger: added to, listed, and held against the levels."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import BigInteger, ColumnElement, func, insert, or_, select, update

from backstay.kernel.database import Uuid, at_least, below, equals, listing, param, statement
from backstay.products.commerce.inventory.contracts import Discrepancy, Movement, MovementKind
from backstay.products.commerce.inventory.tables import levels, movements, reservations


class OwnMovement(Struct, frozen=True):
    """What a person moved, in an export."""

    organization_id: UUID
    variant_id: UUID
    kind: str
    on_hand_change: int
    reserved_change: int
    reason: str | None
    created_at: datetime


RECORD: Final = statement(insert(movements))
_FILLED: Final = ("organization_id", "created_by")
RECORD_PAST: Final = statement(
    insert(movements).values({c.name: param(c.name, c.type) for c in movements.c if c.name not in _FILLED})
)
"""What moved at a time of its own, and not now."""
_SHOWN: Final = (
    movements.c.id,
    movements.c.level_id,
    movements.c.variant_id,
    movements.c.location_id,
    movements.c.kind,
    movements.c.on_hand_change,
    movements.c.reserved_change,
    movements.c.on_hand,
    movements.c.reserved,
    movements.c.sequence,
    movements.c.holder_id,
    movements.c.reason,
    movements.c.created_at,
    movements.c.created_by,
)
LIST: Final = listing(
    select(*_SHOWN).where(movements.c.shop_id == param("shop_id")),
    Movement,
    name="inventory.movements",
    key=movements.c.id,
    sorts={"created_at": movements.c.created_at, "sequence": movements.c.sequence},
    default=("-created_at",),
    filters={
        "variant_id": equals(movements.c.variant_id, UUID, "Movements of this variant."),
        "location_id": equals(movements.c.location_id, UUID, "Movements in this location."),
        "level_id": equals(movements.c.level_id, UUID, "Movements of this level."),
        "holder_id": equals(movements.c.holder_id, UUID, "Movements for this cart, order or hold."),
        "kind": equals(movements.c.kind, MovementKind, "Movements of this kind."),
        "since": at_least(movements.c.created_at, datetime, "From then on."),
        "until": below(movements.c.created_at, datetime, "Before then."),
    },
)

_MINE: Final = param("shop_id", Uuid)
_IN_LEDGER: Final = (
    select(
        movements.c.level_id,
        func.sum(movements.c.on_hand_change).label("on_hand"),
        func.sum(movements.c.reserved_change).label("reserved"),
        func.count().label("movements"),
    )
    .where(movements.c.shop_id == _MINE)
    .group_by(movements.c.level_id)
    .subquery("in_ledger")
)
_BY_HOLDERS: Final = (
    select(movements.c.level_id, func.sum(movements.c.reserved_change).label("reserved"))
    .select_from(reservations.join(movements, movements.c.holder_id == reservations.c.holder_id))
    .where(reservations.c.shop_id == _MINE)
    .group_by(movements.c.level_id)
    .subquery("by_holders")
)


def _sum(column: ColumnElement[Any]) -> ColumnElement[int]:
    return func.coalesce(column, 0, type_=BigInteger)


_ON_HAND, _RESERVED = _sum(_IN_LEDGER.c.on_hand), _sum(_IN_LEDGER.c.reserved)
_HELD, _MOVEMENTS = _sum(_BY_HOLDERS.c.reserved), _sum(_IN_LEDGER.c.movements)
DISCREPANCIES: Final = statement(
    select(
        levels.c.id.label("level_id"),
        levels.c.variant_id,
        levels.c.location_id,
        levels.c.on_hand,
        _ON_HAND.label("on_hand_in_ledger"),
        levels.c.reserved,
        _RESERVED.label("reserved_in_ledger"),
        _HELD.label("reserved_by_holders"),
        levels.c.movements,
        _MOVEMENTS.label("movements_in_ledger"),
    )
    .select_from(
        levels.outerjoin(_IN_LEDGER, _IN_LEDGER.c.level_id == levels.c.id).outerjoin(
            _BY_HOLDERS, _BY_HOLDERS.c.level_id == levels.c.id
        )
    )
    .where(
        levels.c.shop_id == _MINE,
        or_(
            levels.c.on_hand != _ON_HAND,
            levels.c.reserved != _RESERVED,
            levels.c.reserved != _HELD,
            levels.c.movements != _MOVEMENTS,
        ),
    )
    .order_by(levels.c.id)
    .limit(100),
    Discrepancy,
)

_THEIRS: Final = movements.c.created_by == param("user_id", Uuid)
MOVED_BY: Final = statement(
    select(
        movements.c.organization_id,
        movements.c.variant_id,
        movements.c.kind,
        movements.c.on_hand_change,
        movements.c.reserved_change,
        movements.c.reason,
        movements.c.created_at,
    )
    .where(_THEIRS)
    .order_by(movements.c.created_at, movements.c.id),
    OwnMovement,
    unscoped=True,
)
ERASE_MOVER: Final = statement(
    update(movements).where(_THEIRS).values(created_by=param("nobody", Uuid)), unscoped=True
)
"""The ledger stays exact; who moved what is forgotten."""
