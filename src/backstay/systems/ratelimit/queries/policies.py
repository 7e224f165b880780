"""Policies that somebody changed."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import BigInteger, Text, cast, func, literal, select, update

from backstay.kernel.database import ACTOR, NOW, param, statement, upsert
from backstay.systems.ratelimit.contracts import Algorithm, WhenDown
from backstay.systems.ratelimit.tables import policies

CHANNEL: Final = "backstay_ratelimit"


class PolicyRow(Struct, frozen=True):
    """A policy as somebody left it."""

    name: str
    changed: bool
    """Whether these values count; False once it was reset."""
    quota: int
    window: int
    algorithm: Algorithm
    burst: int | None
    when_down: WhenDown
    shadow: bool
    enabled: bool
    changed_at: datetime
    changed_by: UUID
    version: int


_ROW: Final = [policies.c[name] for name in PolicyRow.__struct_fields__]
_VALUES: Final = {
    name: param(name, policies.c[name].type)
    for name in ("changed", "quota", "window", "algorithm", "burst", "when_down", "shadow", "enabled")
}

ALL: Final = statement(select(*_ROW).order_by(policies.c.name), PolicyRow)
ADD: Final = statement(
    upsert(policies, key=("name",)).insert(**_VALUES, changed_at=NOW, changed_by=ACTOR).returning(*_ROW),
    PolicyRow,
)
"""The first change of a policy; no row when somebody else was first."""
CHANGE: Final = statement(
    update(policies)
    .where(policies.c.name == param("name"), policies.c.version == param("expected", BigInteger))
    .values(**_VALUES, changed_at=NOW, changed_by=ACTOR)
    .returning(*_ROW),
    PolicyRow,
)
"""A further one; no row when the version has moved on."""
TELL: Final = statement(
    {
        "sqlite": select(literal("").label("value")),
        "postgresql": select(cast(func.pg_notify(CHANNEL, ""), Text).label("value")),
    },
    str,
)
"""Within the transaction: PostgreSQL tells every process at the commit, and nobody after a rollback."""
