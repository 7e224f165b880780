"""What the limits did, gathered from every process."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from msgspec import Struct
from sqlalchemy import BigInteger, delete, func, select

from backstay.kernel.database import NOW, Timestamp, param, statement, upsert
from backstay.systems.ratelimit.tables import meters, minutes


class MinuteRow(Struct, frozen=True):
    """What one policy did in one minute."""

    policy: str
    minute: int
    admitted: int
    refused: int
    shadowed: int
    estimated: int


class MeterRow(Struct, frozen=True):
    """Somebody who has used half of a quota or more."""

    policy: str
    subject: str
    remaining: int
    capacity: int
    refused: int
    seen_at: datetime


_COUNTS: Final = ("admitted", "refused", "shadowed", "estimated")

ADD_MINUTE: Final = statement(
    upsert(minutes, key=("policy", "minute"))
    .insert(**{name: param(name, BigInteger) for name in _COUNTS})
    .update(**{name: minutes.c[name] + param(name, BigInteger) for name in _COUNTS})
)
MINUTES: Final = statement(
    select(*(minutes.c[name] for name in MinuteRow.__struct_fields__))
    .where(minutes.c.minute >= param("since", BigInteger))
    .order_by(minutes.c.minute, minutes.c.policy),
    MinuteRow,
)
REFUSED: Final = statement(
    select(func.coalesce(func.sum(minutes.c.refused), 0).label("refused")).where(
        minutes.c.minute >= param("since", BigInteger)
    ),
    int,
)
PRUNE_MINUTES: Final = statement(delete(minutes).where(minutes.c.minute < param("before", BigInteger)))

SET_METER: Final = statement(
    upsert(meters, key=("policy", "subject"))
    .insert(remaining=param("remaining"), capacity=param("capacity"), refused=param("refused"), seen_at=NOW)
    .update(
        remaining=param("remaining"),
        capacity=param("capacity"),
        refused=meters.c.refused + param("refused", BigInteger),
        seen_at=NOW,
    )
)
METERS: Final = statement(
    select(*(meters.c[name] for name in MeterRow.__struct_fields__))
    .where(meters.c.seen_at >= param("since", Timestamp))
    .order_by(
        (meters.c.remaining * 1000 / meters.c.capacity),
        meters.c.refused.desc(),
        meters.c.policy,
        meters.c.subject,
    )
    .limit(param("limit")),
    MeterRow,
)
"""The most used up first."""
PRUNE_METERS: Final = statement(delete(meters).where(meters.c.seen_at < param("before", Timestamp)))
