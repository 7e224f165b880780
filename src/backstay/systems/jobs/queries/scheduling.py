"""Statements of the schedules; moments are the database's own, in microseconds, as in the jobs' tables."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct
from sqlalchemy import Boolean

from backstay.kernel.database import Uuid, statement
from backstay.systems.jobs.queries.rows import both

REGISTER = statement(
    both(
        "INSERT INTO jobs_schedules (name, paused, floor) VALUES (:name, :paused, @now) "
        "ON CONFLICT (name) DO NOTHING",
        paused=Boolean,
    )
)
"""Know a schedule from now on: what lies before is never fired."""


class ScheduleRow(Struct, frozen=True):
    """A schedule as it is kept, and the present."""

    name: str
    paused: bool
    floor: int
    holder: str | None
    held_until: int | None
    now: int


LOOK = statement(
    both(
        "SELECT name, paused, floor, holder, held_until, @now AS now FROM jobs_schedules "
        "WHERE name IN @texts(names) ORDER BY name",
        ScheduleRow,
    ),
    ScheduleRow,
)

HOLD = statement(
    both(
        "UPDATE jobs_schedules SET holder = :holder, held_until = @now + :lease WHERE name IN @texts(names) "
        "AND (holder = :holder OR holder IS NULL OR held_until < @now) RETURNING name",
        str,
    ),
    str,
)
"""Look after schedules that nobody looks after; only so that not everybody tries every tick."""

LET_GO = statement(both("UPDATE jobs_schedules SET holder = NULL, held_until = NULL WHERE holder = :holder"))

FIRE = statement(
    both(
        "INSERT INTO jobs_ticks (schedule, tick, fired_at, skipped) "
        "SELECT name, CAST(:tick AS bigint), @now, paused FROM jobs_schedules "
        "WHERE name = :name AND floor < CAST(:tick AS bigint) AND NOT paused "
        "ON CONFLICT (schedule, tick) DO NOTHING RETURNING tick AS value",
        int,
    ),
    int,
)
"""Take a tick; no row when it was taken before, lies too far back, or the schedule is paused."""

NOTE_JOB = statement(
    both(
        "UPDATE jobs_ticks SET job_id = :job, skipped = :skipped WHERE schedule = :name AND tick = :tick",
        job=Uuid,
        skipped=Boolean,
    )
)

FIRED = statement(
    both(
        "SELECT tick AS value FROM jobs_ticks WHERE schedule = :name AND tick > :since ORDER BY tick",
        int,
    ),
    int,
)


class TickRow(Struct, frozen=True):
    """A tick that was fired."""

    schedule: str
    tick: int
    fired_at: int
    job_id: UUID | None
    skipped: bool


LAST = statement(
    both(
        "SELECT schedule, tick, fired_at, job_id, skipped FROM jobs_ticks t WHERE schedule IN @texts(names) "
        "AND tick = (SELECT max(l.tick) FROM jobs_ticks l WHERE l.schedule = t.schedule) ORDER BY schedule",
        TickRow,
    ),
    TickRow,
)

TICKS = statement(
    both(
        "SELECT schedule, tick, fired_at, job_id, skipped FROM jobs_ticks WHERE schedule = :name "
        "ORDER BY tick DESC LIMIT :limit",
        TickRow,
    ),
    TickRow,
)

SET_PAUSED = statement(
    both(
        "INSERT INTO jobs_schedules (name, paused, floor) VALUES (:name, :paused, @now) "
        "ON CONFLICT (name) DO UPDATE SET paused = excluded.paused, "
        "floor = CASE WHEN jobs_schedules.paused AND NOT excluded.paused "
        "AND excluded.floor > jobs_schedules.floor THEN excluded.floor ELSE jobs_schedules.floor END",
        paused=Boolean,
    )
)
"""Pause or resume; what fell into the pause is not made up for."""

RAISE_FLOOR = statement(
    both("UPDATE jobs_schedules SET floor = @now - :keep WHERE name = :name AND floor < @now - :keep")
)
PRUNE = statement(
    both(
        "DELETE FROM jobs_ticks WHERE schedule = :name AND tick <= "
        "(SELECT floor FROM jobs_schedules s WHERE s.name = :name)"
    )
)
"""Forget ticks that the floor keeps from coming again."""
