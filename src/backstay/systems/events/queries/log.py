"""Writing the log, giving positions, and reading it."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Raw, Struct
from sqlalchemy import BigInteger, Integer, and_, delete, func, insert, not_, or_, select, update

from backstay.kernel.database import Timestamp, any_of, at_least, below, equals, listing, param, statement
from backstay.systems.events.contracts import EventSummary, Name, Position, Recorded
from backstay.systems.events.tables import log, streams

COUNTED: Final = 10_000
"""How far counts of what is behind go; beyond it they would cost more than they tell."""


class LogRow(Struct, frozen=True):
    """An event as it is stored."""

    seq: int
    position: int | None
    id: UUID
    organization_id: UUID
    source: str
    type: str
    subject: str | None
    stream: str | None
    version: int | None
    time: datetime
    actor_id: UUID
    data: str
    traceparent: str | None
    request_id: str | None
    received: bool

    def recorded(self) -> Recorded:
        """As it leaves the module."""
        return Recorded(
            id=self.id,
            source=self.source,
            type=self.type,
            subject=self.subject,
            time=self.time,
            data=Raw(self.data),
            organization_id=self.organization_id,
            actor_id=self.actor_id,
            version=self.version,
            position=self.position,
            traceparent=self.traceparent,
            request_id=self.request_id,
        )


_ROW: Final = tuple(log.c[name] for name in LogRow.__struct_fields__)
_WRITTEN: Final = [c.name for c in log.columns if c.name not in {"seq", "position", "organization_id"}]

WRITE = statement(insert(log).values({name: param(name, log.c[name].type) for name in _WRITTEN}))
"""Into the unit's organization."""

_pending = (
    select(log.c.seq, func.row_number().over(order_by=log.c.seq).label("number"))
    .where(log.c.position.is_(None))
    .order_by(log.c.seq)
    .limit(param("limit", Integer))
    .subquery("pending")
)
GIVE_POSITIONS = statement(
    update(log)
    .where(log.c.seq == _pending.c.seq)
    .values(position=param("base", BigInteger) + _pending.c.number)
    .returning(*_ROW),
    LogRow,
    unscoped=True,
)
"""Positions after `base` for committed events that have none, oldest first; the rows in any order."""


class PendingRow(Struct, frozen=True):
    """What waits for a position."""

    count: int
    oldest: datetime | None


_few = select(log.c.time).where(log.c.position.is_(None)).order_by(log.c.seq).limit(COUNTED).subquery("few")
PENDING = statement(
    select(func.count().label("count"), func.min(_few.c.time, type_=Timestamp).label("oldest")).select_from(
        _few
    ),
    PendingRow,
    unscoped=True,
)
ANY_PENDING = statement(select(log.c.seq).where(log.c.position.is_(None)).limit(1), int, unscoped=True)

READ = statement(
    select(*_ROW)
    .where(
        log.c.position > param("after"),
        log.c.position <= param("until", BigInteger),
        or_(param("all_types", Integer) == 1, any_of(log.c.type, "types")),
    )
    .order_by(log.c.position)
    .limit(param("limit", Integer)),
    LogRow,
    unscoped=True,
)
"""The log of every organization in its order; for readers that are the house's own."""

READ_OWN = statement(
    select(*_ROW)
    .where(
        log.c.position > param("after"),
        log.c.position <= param("until", BigInteger),
        or_(param("all_types", Integer) == 1, any_of(log.c.type, "types")),
    )
    .order_by(log.c.position)
    .limit(param("limit", Integer)),
    LogRow,
)
"""The same within the reader's organization."""

GET = statement(select(*_ROW).where(log.c.id == param("id"), log.c.position.is_not(None)), LogRow)
HISTORY = statement(
    select(*_ROW)
    .where(log.c.stream == param("stream"), log.c.version > param("after"))
    .order_by(log.c.version)
    .limit(param("limit", Integer)),
    LogRow,
)

_behind = (
    select(log.c.seq)
    .where(
        log.c.position > param("after"),
        or_(param("all_types", Integer) == 1, any_of(log.c.type, "types")),
    )
    .limit(COUNTED)
    .subquery("behind")
)
BEHIND = statement(select(func.count().label("count")).select_from(_behind), int, unscoped=True)
OLDEST_BEHIND = statement(
    select(log.c.time)
    .where(log.c.position > param("after"), any_of(log.c.type, "types"))
    .order_by(log.c.position)
    .limit(1),
    datetime,
    unscoped=True,
)
"""When the first event of these types after a position happened."""

LIST = listing(
    select(*(log.c[name] for name in EventSummary.__struct_fields__)).where(log.c.position.is_not(None)),
    EventSummary,
    name="events.list",
    key=log.c.id,
    sorts={"position": log.c.position},
    default=("-position",),
    filters={
        "type": equals(log.c.type, Name, "Events of this type."),
        "subject": equals(log.c.subject, Name, "What happened to this."),
        "request_id": equals(log.c.request_id, Name, "What this request caused."),
        "since": at_least(log.c.position, Position, "Events at this position or later."),
        "before": below(log.c.position, Position, "Events before this position."),
    },
)

_of_kept = (
    select(streams.c.stream)
    .where(
        streams.c.organization_id == log.c.organization_id, streams.c.stream == log.c.stream, streams.c.kept
    )
    .exists()
)
_old = (
    select(log.c.seq)
    .where(
        log.c.position.is_not(None),
        log.c.position <= param("until", BigInteger),
        log.c.time < param("before"),
        not_(_of_kept),
    )
    .order_by(log.c.position)
    .limit(param("limit", Integer))
)
PRUNE = statement(
    delete(log).where(log.c.seq.in_(_old.scalar_subquery())).returning(log.c.seq), int, unscoped=True
)
"""Remove old events that every reader is past; a bounded number."""

FIRST = statement(select(func.min(log.c.position).label("first")), int, unscoped=True)
COUNT = statement(select(func.count().label("count")).select_from(log), int)
_KNOWN = and_(log.c.source == param("source"), log.c.id == param("id"))
KNOWN = statement(select(log.c.seq).where(_KNOWN), int, unscoped=True)
"""Whether an event of a source is in the log already, in whatever organization."""
