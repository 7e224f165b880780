"""The counter's statements. A move is one statement: the database adds, nobody reads first."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from sqlalchemy import delete, func, insert, select, update

from backstay.kernel.database import Timestamp, listing, param, statement, upsert
from backstay.products.counter.contracts import Counter, Move
from backstay.products.counter.tables import counters, moves


class CounterRow(Struct, frozen=True):
    """A counter with the id that its moves hang on."""

    id: UUID
    name: str
    value: int
    version: int
    updated_at: datetime


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

RECORD = statement(insert(moves))
BY_KEY = statement(
    select(*_MOVE).where(moves.c.counter_id == param("counter_id"), moves.c.idempotency_key == param("key")),
    Move,
)
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
