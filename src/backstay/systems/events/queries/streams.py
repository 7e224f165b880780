"""Streams: the numbers of their events, and snapshots of what is built from them."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from sqlalchemy import BigInteger, Select, cast, false, func, select, update

from backstay.kernel.database import DIALECTS, Dialect, Json, excluded, param, statement, upsert
from backstay.systems.events.tables import snapshots, streams


class Taken(Struct, frozen=True):
    """The last number that was taken of a stream."""

    stream: str
    version: int


def _counts(dialect: Dialect) -> Select[Any]:
    """The parameter `counts`, an object, as new streams."""
    given = param("counts", Json)
    entries = func.json_each(given) if dialect == "sqlite" else func.jsonb_each(given)
    entry = entries.table_valued("key", "value", name="entry")
    return (
        select(
            entry.c.key.label("stream"),
            cast(entry.c.value, BigInteger).label("version"),
            false().label("kept"),
        )
        .where(entry.c.key.is_not(None))
        # In one order, so that two units that write to the same streams never wait in a ring.
        .order_by(entry.c.key)
    )


TAKE = statement(
    upsert(streams, key=("organization_id", "stream"))
    .select({dialect: _counts(dialect) for dialect in DIALECTS})
    .update(version=streams.c.version + excluded(streams.c.version))
    .returning(streams.c.stream, streams.c.version),
    Taken,
)
"""Take the next numbers of streams, as many as `counts` says of each.

Their rows stay locked until the commit, so numbers follow commits.
"""
BEGIN = statement(
    upsert(streams, key=("organization_id", "stream"))
    .insert(version=param("count"), kept=param("kept"))
    .returning(streams.c.version),
    int,
)
"""The first numbers of a stream, if it has none."""
TAKE_AFTER = statement(
    update(streams)
    .where(streams.c.stream == param("stream"), streams.c.version == param("expected"))
    .values(version=streams.c.version + param("count"), kept=True)
    .returning(streams.c.version),
    int,
)
"""The next numbers of a stream, if it stands where it is expected."""
VERSION = statement(select(streams.c.version).where(streams.c.stream == param("stream")), int)


class SnapshotRow(Struct, frozen=True):
    """What an aggregate was after its first `version` events."""

    version: int
    state: str


_SNAPSHOT = (
    snapshots.c.stream == param("stream"),
    snapshots.c.aggregate == param("aggregate"),
    snapshots.c.shape == param("shape"),
)
SNAPSHOT = statement(select(snapshots.c.version, snapshots.c.state).where(*_SNAPSHOT), SnapshotRow)
TAKE_SNAPSHOT = statement(
    upsert(snapshots, key=("organization_id", "stream", "aggregate"))
    .insert(shape=param("shape"), version=param("version"), state=param("state"))
    .update(shape=param("shape"), version=param("version"), state=param("state"))
)
