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
    memory: int | None
    ended: str | None
    now: int


BEAT = statement(
    both(
        "INSERT INTO jobs_workers (name, queues, places, running, memory, started_at, seen_at, until) "
        "VALUES (:name, :queues, :places, :running, :memory, @now, @now, @now + :lease) "
        "ON CONFLICT (name) DO UPDATE SET queues = excluded.queues, places = excluded.places, "
        "running = excluded.running, memory = excluded.memory, ended = NULL, seen_at = excluded.seen_at, "
        "until = excluded.until"
    )
)
"""A sign of life."""

ENDED = statement(
    both(
        "UPDATE jobs_workers SET ended = :how, until = CASE WHEN until < @now THEN until ELSE @now END "
        "WHERE name = :name"
    )
)
"""How the process of a worker ended that did not say goodbye."""

LEAVE = statement(both("DELETE FROM jobs_workers WHERE name = :name"))

FORGET = statement(both("DELETE FROM jobs_workers WHERE until < @now - :kept"))
"""Forget workers that died long ago."""

_COLUMNS = "name, queues, places, running, started_at, seen_at, until, memory, ended, @now AS now"
SHOWN = statement(
    both(
        f"SELECT {_COLUMNS} FROM jobs_workers WHERE until > @now - :silent ORDER BY name",  # noqa: S608 - our own words
        WorkerRow,
    ),
    WorkerRow,
)
NAMED = statement(
    both(f"SELECT {_COLUMNS} FROM jobs_workers WHERE name = :name", WorkerRow),  # noqa: S608 - our own words
    WorkerRow,
)
