"""Who runs jobs; moments are the database's own, in microseconds, as in the other books."""

from __future__ import annotations

from msgspec import Struct

from backstay.kernel.database import statement
from backstay.systems.jobs.queries.rows import both


class WorkerRow(Struct, frozen=True):
    """A worker as it is kept, and the present."""

    name: str
    queues: str
    places: int
    running: int
    started_at: int
    seen_at: int
    until: int
    now: int


BEAT = statement(
    both(
        "INSERT INTO jobs_workers (name, queues, places, running, started_at, seen_at, until) "
        "VALUES (:name, :queues, :places, :running, @now, @now, @now + :lease) "
        "ON CONFLICT (name) DO UPDATE SET queues = excluded.queues, places = excluded.places, "
        "running = excluded.running, seen_at = excluded.seen_at, until = excluded.until"
    )
)
"""A sign of life."""

LEAVE = statement(both("DELETE FROM jobs_workers WHERE name = :name"))

FORGET = statement(both("DELETE FROM jobs_workers WHERE until < @now - :kept"))
"""Forget workers that died long ago."""

ALL = statement(
    both(
        "SELECT name, queues, places, running, started_at, seen_at, until, @now AS now "
        "FROM jobs_workers ORDER BY name",
        WorkerRow,
    ),
    WorkerRow,
)
