"""Kinds whose jobs wait because their retries ran away; moments as in the other books."""

from __future__ import annotations

from msgspec import Struct

from backstay.kernel.database import statement
from backstay.systems.jobs.queries.rows import both


class BreakerRow(Struct, frozen=True):
    """An open breaker, and the present."""

    kind: str
    opened_at: int
    until: int
    probes: int
    error: str
    now: int


OPEN = statement(
    both(
        "INSERT INTO jobs_breakers (kind, opened_at, until, probes, error) "
        "VALUES (:kind, @now, @now + :wait, 0, :error) ON CONFLICT (kind) DO NOTHING RETURNING kind AS value",
        str,
    ),
    str,
)
"""Open a kind's breaker; no row when it is open: it stays as it is."""

TAKE_PROBE = statement(
    both(
        "UPDATE jobs_breakers SET until = @now + :wait WHERE kind = :kind AND until <= @now "
        "RETURNING kind AS value",
        str,
    ),
    str,
)
"""Be the one whose job is tried; no row when it is too early or another was first."""

FAIL_PROBE = statement(
    both(
        "UPDATE jobs_breakers SET until = @now + :wait, probes = probes + 1, error = :error "
        "WHERE kind = :kind"
    )
)

CLOSE = statement(both("DELETE FROM jobs_breakers WHERE kind = :kind"))

ALL = statement(
    both(
        "SELECT kind, opened_at, until, probes, error, @now AS now FROM jobs_breakers ORDER BY kind",
        BreakerRow,
    ),
    BreakerRow,
)
