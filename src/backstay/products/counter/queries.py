"""The counter's statements. A move is one statement: the database adds, nobody reads first."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Integer, delete, func, insert, select, update

from backstay.kernel.database import Timestamp, Uuid, listing, param, statement, upsert
from backstay.products.counter.contracts import Counter, Day, Move
from backstay.products.counter.tables import counters, days, moves


class CounterRow(Struct, frozen=True):
    """A counter with the id that its moves hang on."""

    id: UUID
    name: str
    value: int
    version: int
    updated_at: datetime


class OwnCounter(Struct, frozen=True):
    """A person's own counter in an export."""

    organization_id: UUID
    name: str
    value: int
    version: int
    updated_at: datetime


class OwnMove(Struct, frozen=True):
    """What a person did to any counter, in an export."""

    organization_id: UUID
    name: str
    amount: int | None
    value: int
    created_at: datetime


_COUNTER = (counters.c.name, counters.c.value, counters.c.version, counters.c.updated_at)
_ROW = (counters.c.id, *_COUNTER)
_MOVE = (moves.c.id, moves.c.amount, moves.c.value, moves.c.version, moves.c.created_at, moves.c.created_by)
_NAMED = (counters.c.owner_id == param("owner_id"), counters.c.name == param("name"))

GET = statement(select(*_COUNTER).where(*_NAMED), Counter)
FIND = statement(select(*_ROW).where(*_NAMED), CounterRow)
ADD = statement(
    upsert(counters, key=("organization_id", "owner_id", "name"))
    .insert(id=param("id"), value=param("amount"))
    .update(value=counters.c.value + param("amount"))
    .returning(*_ROW),
    CounterRow,
)
RESET = statement(
    update(counters)
    .where(*_NAMED, counters.c.version == param("expected"))
    .values(value=param("value"))
    .returning(*_ROW),
    CounterRow,
)
REMOVE = statement(delete(counters).where(*_NAMED, counters.c.version == param("expected")))
LIST = listing(
    select(*_COUNTER).where(counters.c.owner_id == param("owner_id")),
    Counter,
    name="counter.list",
    key=counters.c.id,
    sorts={"name": counters.c.name, "value": counters.c.value, "updated_at": counters.c.updated_at},
    default=("name",),
)
COUNT = statement(select(func.count().label("count")).select_from(counters), int)

ADD_TO_DAY = statement(
    upsert(days, key=("organization_id", "name", "day"))
    .insert(up=param("up"), down=param("down"), moves=1)
    .update(up=days.c.up + param("up"), down=days.c.down + param("down"), moves=days.c.moves + 1)
)
DAYS = statement(
    select(days.c.day, days.c.up, days.c.down, days.c.moves)
    .where(days.c.name == param("name"))
    .order_by(days.c.day.desc())
    .limit(param("limit", Integer)),
    Day,
)
FORGET_DAYS = statement(delete(days).where(days.c.name == param("name")))

RECORD = statement(insert(moves))
MOVES = listing(
    select(*_MOVE).where(moves.c.counter_id == param("counter_id")),
    Move,
    name="counter.moves",
    key=moves.c.id,
    sorts={"created_at": moves.c.created_at},
    default=("-created_at",),
)
FORGET = statement(
    delete(moves).where(
        moves.c.counter_id == param("counter_id"), moves.c.created_at < param("before", Timestamp)
    )
)

_THEIRS = counters.c.owner_id == param("user_id", Uuid)
COUNTERS_OF = statement(
    select(counters.c.organization_id, *_COUNTER).where(_THEIRS).order_by(counters.c.name, counters.c.id),
    OwnCounter,
    unscoped=True,
)
MOVES_OF = statement(
    select(moves.c.organization_id, counters.c.name, moves.c.amount, moves.c.value, moves.c.created_at)
    .select_from(moves.join(counters, counters.c.id == moves.c.counter_id))
    .where(moves.c.created_by == param("user_id", Uuid))
    .order_by(moves.c.created_at, moves.c.id),
    OwnMove,
    unscoped=True,
)
ERASE_COUNTERS = statement(delete(counters).where(_THEIRS), unscoped=True)
"""Their moves go with them."""
ERASE_MAKER = statement(
    update(moves)
    .where(moves.c.created_by == param("user_id", Uuid))
    .values(created_by=param("nobody", Uuid)),
    unscoped=True,
)
"""Shared counters stay exact; who moved them is forgotten."""
ERASE_STAMPS = tuple(
    statement(
        update(counters)
        .where(column == param("user_id", Uuid))
        .values(
            {
                column.name: param("nobody", Uuid),
                # No edit: neither the version nor the time of the last one moves.
                "updated_at": counters.c.updated_at,
                "version": counters.c.version,
            }
        ),
        unscoped=True,
    )
    for column in (counters.c.created_by, counters.c.updated_by)
)
