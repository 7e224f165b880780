"""Drops and what they gate."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, and_, case, delete, func, insert, or_, select, true, update

from backstay.kernel.database import NOW, any_of, database_now, listing, param, statement
from backstay.products.commerce.drops.contracts import Drop, DropPlaceState, DropState, StoreDrop
from backstay.products.commerce.drops.tables import drops, gates, places


class DropRow(Struct, frozen=True):
    """A drop that is locked, as the queue looks at it."""

    id: UUID
    shop_id: UUID
    name: str
    state: DropState
    variants: tuple[UUID, ...]
    opens_at: datetime
    closes_at: datetime | None
    at_once: int
    seconds: int
    secret: bytes
    opened: bool
    ended: bool
    joined: int
    version: int


class Gated(Struct, frozen=True):
    """A variant, and the drop that it is sold in."""

    variant_id: UUID
    drop_id: UUID


class Running(Struct, frozen=True):
    """A drop that opened and is not over yet."""

    organization_id: UUID
    id: UUID


_OVER: Final = or_(drops.c.ended, drops.c.closes_at <= database_now())
STILL_ON: Final = and_(
    drops.c.ended.is_(False), or_(drops.c.closes_at.is_(None), drops.c.closes_at > database_now())
)
IN_TIME: Final = and_(places.c.state == DropPlaceState.ADMITTED.value, places.c.until > database_now())
_LATE: Final = and_(places.c.state == DropPlaceState.ADMITTED.value, places.c.until <= database_now())
STATE: Final[ColumnElement[Any]] = case(
    (_OVER, DropState.CLOSED.value),
    (or_(drops.c.opened, drops.c.opens_at <= database_now()), DropState.OPEN.value),
    else_=DropState.UPCOMING.value,
).label("state")


def _count(condition: ColumnElement[bool], name: str) -> ColumnElement[Any]:
    return (
        select(func.count())
        .select_from(places)
        .where(places.c.drop_id == drops.c.id, condition)
        .correlate(drops)
        .scalar_subquery()
        .label(name)
    )


_WAITING: Final = _count(places.c.state == DropPlaceState.WAITING.value, "waiting")
_SHOWN: Final = (
    drops.c.id,
    drops.c.name,
    STATE,
    drops.c.variants,
    drops.c.opens_at,
    drops.c.closes_at,
    drops.c.at_once,
    drops.c.seconds,
    _WAITING,
    _count(IN_TIME, "admitted"),
    _count(places.c.state == DropPlaceState.BOUGHT.value, "bought"),
    _count(or_(places.c.state == DropPlaceState.LAPSED.value, _LATE), "lapsed"),
    drops.c.created_at,
    drops.c.updated_at,
    drops.c.version,
)
_THIS: Final = (drops.c.shop_id == param("shop_id"), drops.c.id == param("id"))
_ROW: Final = tuple(STATE if name == "state" else drops.c[name] for name in DropRow.__struct_fields__)
# Joining and letting in are no edits: neither the version nor the stamps of the last one move.
_NO_EDIT: Final = {
    "updated_at": drops.c.updated_at,
    "updated_by": drops.c.updated_by,
    "version": drops.c.version,
}

CREATE = statement(insert(drops))
GET = statement(select(*_SHOWN).where(*_THIS), Drop)
LIST = listing(
    select(*_SHOWN).where(drops.c.shop_id == param("shop_id")),
    Drop,
    name="drops.list",
    key=drops.c.id,
    sorts={"created_at": drops.c.created_at, "opens_at": drops.c.opens_at, "name": drops.c.name},
    default=("-created_at",),
)
STORE = statement(
    select(
        drops.c.id,
        drops.c.name,
        STATE,
        drops.c.variants,
        drops.c.opens_at,
        drops.c.closes_at,
        drops.c.seconds,
        _WAITING,
    ).where(*_THIS),
    StoreDrop,
)
LOCK = statement(select(*_ROW).where(*_THIS).with_for_update(of=drops), DropRow)
LOCK_ANY = statement(select(*_ROW).where(drops.c.id == param("id")).with_for_update(of=drops), DropRow)
CHANGE = statement(
    update(drops)
    .where(*_THIS)
    .values(
        {
            name: param(name, drops.c[name].type)
            for name in ("name", "variants", "opens_at", "closes_at", "at_once", "seconds")
        }
    )
)
CLOSE = statement(update(drops).where(*_THIS).values(closes_at=NOW, ended=true()))
END = statement(update(drops).where(drops.c.id == param("id")).values({"ended": true(), **_NO_EDIT}))
"""Its time was over: nobody closed it."""
OPENED = statement(update(drops).where(drops.c.id == param("id")).values({"opened": true(), **_NO_EDIT}))
NUMBER = statement(
    update(drops)
    .where(drops.c.id == param("id"))
    .values({"joined": drops.c.joined + 1, "opened": true(), **_NO_EDIT})
    .returning(drops.c.joined),
    int,
)
"""The number of whoever joins an open drop; nobody is drawn any more."""
REMOVE = statement(delete(drops).where(*_THIS))
RUNNING = statement(
    select(drops.c.organization_id, drops.c.id)
    .where(drops.c.ended.is_(False), or_(drops.c.opens_at <= database_now(), drops.c.opened))
    .order_by(drops.c.opens_at, drops.c.id),
    Running,
    unscoped=True,
)
COUNT = statement(select(func.count().label("count")).select_from(drops).where(drops.c.ended.is_(False)), int)

GATE = statement(insert(gates))
GATES = statement(
    select(gates.c.variant_id, gates.c.drop_id)
    .select_from(gates.join(drops, drops.c.id == gates.c.drop_id))
    .where(any_of(gates.c.variant_id, "ids"), STILL_ON)
    .order_by(gates.c.variant_id),
    Gated,
)
"""Those that are sold in turn at this moment."""
OVERDUE = statement(
    select(drops.c.id)
    .distinct()
    .select_from(gates.join(drops, drops.c.id == gates.c.drop_id))
    .where(any_of(gates.c.variant_id, "ids"), drops.c.closes_at <= database_now())
    .order_by(drops.c.id),
    UUID,
)
"""Drops that are over and have not given back what they gated."""
UNGATE = statement(delete(gates).where(gates.c.drop_id == param("id")).returning(gates.c.variant_id), UUID)
