"""The statements of the jobs that wait for the relay to Redis."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct
from sqlalchemy import delete, insert, select

from backstay.kernel.database import param, statement, upsert
from backstay.systems.jobs.tables import effects, outgoing


class Outgoing(Struct, frozen=True):
    """One job that waits."""

    position: int
    id: UUID
    job: bytes
    """A `NewJob` in MessagePack."""


_VALUES = {
    "id": param("id"),
    "organization_id": param("organization_id"),
    "unique_key": param("unique_key"),
    "job": param("job"),
}

KEEP = statement(insert(outgoing).values(**_VALUES))
KEEP_UNIQUE = statement(
    upsert(outgoing, key=("organization_id", "unique_key"))
    .insert(id=param("id"), job=param("job"))
    .returning(outgoing.c.id),
    UUID,
)
HOLDER = statement(
    select(outgoing.c.id).where(
        outgoing.c.organization_id == param("organization_id"),
        outgoing.c.unique_key == param("unique_key"),
    ),
    UUID,
)
OLDEST = statement(
    select(outgoing.c.position, outgoing.c.id, outgoing.c.job)
    .order_by(outgoing.c.position)
    .limit(param("limit")),
    Outgoing,
)
DROP = statement(delete(outgoing).where(outgoing.c.id == param("id")))
WAITS = statement(
    select(outgoing.c.id).where(
        outgoing.c.id == param("id"), outgoing.c.organization_id == param("organization_id")
    ),
    UUID,
)
FORGET_EFFECTS = statement(delete(effects).where(effects.c.job_id == param("job_id")))
