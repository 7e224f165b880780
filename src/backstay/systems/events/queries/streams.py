"""Streams: the numbers of their events, and snapshots of what is built from them."""

from __future__ import annotations

from msgspec import Struct
from sqlalchemy import Boolean, select, update

from backstay.kernel.database import param, statement, upsert
from backstay.systems.events.tables import snapshots, streams

TAKE = statement(
    upsert(streams, key=("organization_id", "stream"))
    .insert(version=param("count"), kept=param("kept"))
    .update(version=streams.c.version + param("count"), kept=streams.c.kept | param("kept", Boolean))
    .returning(streams.c.version),
    int,
)
"""Take the next numbers of a stream; its row stays locked until the commit, so numbers follow commits."""
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
