"""Epochs: when a job became ready, as far as claims must know it (see `engines/sql_epochs.py`)."""

from __future__ import annotations

from msgspec import Struct

from backstay.kernel.database import statement
from backstay.systems.jobs.queries.rows import NEWEST_EPOCH, both


class EpochRow(Struct, frozen=True):
    """An epoch that is in use."""

    epoch: int
    dead: int
    """Rows that a vacuum would have removed when it was made."""
    opened_at: int | None
    """Since when jobs become ready in it; None while they do not."""
    newest: int
    """The epoch in which jobs become ready now; the same in every row."""
    now: int


TRY_LOCK = statement(
    both("SELECT CASE WHEN pg_try_advisory_xact_lock(72616, 2) THEN 1 ELSE 0 END AS value", int), int
)
"""1 for who may tend the epochs until its commit."""
LIVE = statement(
    both(
        f"SELECT epoch, dead, opened_at, {NEWEST_EPOCH} AS newest, @now AS now "  # noqa: S608 - ours
        "FROM jobs_epochs ORDER BY epoch",
        EpochRow,
    ),
    EpochRow,
)
MAKE = statement(both("INSERT INTO jobs_epochs (epoch, dead) VALUES (:epoch, :dead)"))
"""Claims look into it from this commit on."""
OPEN = statement(both("SELECT nextval('jobs_newest_epoch') AS value", int), int)
"""Jobs become ready in it from now on, whatever a transaction has seen; it must have been made."""
NOTE_OPEN = statement(both("UPDATE jobs_epochs SET opened_at = @now WHERE epoch = :epoch"))
RECOUNT = statement(both("UPDATE jobs_epochs SET dead = :dead WHERE epoch = :epoch"))
READY = statement(
    both(
        "SELECT 1 AS value FROM jobs_jobs WHERE state = 'ready' AND NOT gated AND epoch = :epoch LIMIT 1", int
    ),
    int,
    unscoped=True,
)
RETIRE = statement(both("DELETE FROM jobs_epochs WHERE epoch = :epoch"))
"""Claims look into it no more."""
MOVE_STRAYS = statement(
    both(
        f"""UPDATE jobs_jobs SET epoch = {NEWEST_EPOCH} WHERE id IN (
            SELECT id FROM jobs_jobs WHERE state = 'ready' AND NOT gated AND epoch < :newest
            AND epoch NOT IN (SELECT epoch FROM jobs_epochs) LIMIT :limit FOR UPDATE SKIP LOCKED
        ) AND state = 'ready' RETURNING queue AS value""",  # noqa: S608 - ours
        str,
    ),
    str,
    unscoped=True,
)
"""Jobs of commits that came after their epoch was retired; their queues."""
