"""The lines of order keys: who stands where, and who may go on."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from backstay.kernel.database import Dialect, Uuid, statement
from backstay.systems.jobs.queries.rows import both

NUMBERS = statement(
    both(
        "INSERT INTO jobs_numbers (name, last) VALUES (:name, :count) "
        "ON CONFLICT (name) DO UPDATE SET last = jobs_numbers.last + excluded.last RETURNING last",
        int,
    ),
    int,
)
"""Places in a line. Its row stays locked until the commit, so places follow the order of commits."""
LOCK_LINE = statement(
    both("UPDATE jobs_numbers SET last = last WHERE name = :name"),
)


class LineHead(Struct, frozen=True):
    """Who stands first in a line."""

    id: UUID
    parents: int
    run_at: int


_LINE: Final = "organization_id = :organization AND order_key = :key"


def _line(words: str, row: Any = None) -> dict[Dialect, Any]:
    return both(words.replace("@line", _LINE), row, organization=Uuid, id=Uuid)


LINE_DEAD = statement(
    _line(
        "SELECT order_failure AS value FROM jobs_jobs WHERE @line AND order_key IS NOT NULL "
        "AND state NOT IN ('waiting', 'parked') AND state = 'dead' AND order_failure <> 'skip' "
        "ORDER BY order_failure DESC LIMIT 1",
        str,
    ),
    str,
    unscoped=True,
)
"""What a dead job does to those behind it: `park` before `block`; nothing when there is none."""
LINE_ACTIVE = statement(
    _line(
        "SELECT id AS value FROM jobs_jobs WHERE @line AND order_key IS NOT NULL "
        "AND state NOT IN ('waiting', 'parked') AND state <> 'dead' LIMIT 1",
        UUID,
    ),
    UUID,
    unscoped=True,
)
LINE_PARK = statement(
    _line(
        "UPDATE jobs_jobs SET state = 'parked' WHERE @line AND order_key IS NOT NULL "
        "AND state IN ('waiting', 'parked') AND state = 'waiting'"
    ),
    unscoped=True,
)
LINE_UNPARK = statement(
    _line(
        "UPDATE jobs_jobs SET state = 'waiting' WHERE @line AND order_key IS NOT NULL "
        "AND state IN ('waiting', 'parked') AND state = 'parked'"
    ),
    unscoped=True,
)
LINE_HEAD = statement(
    _line(
        "SELECT id, parents, run_at FROM jobs_jobs WHERE @line AND order_key IS NOT NULL "
        "AND state IN ('waiting', 'parked') ORDER BY place LIMIT 1",
        LineHead,
    ),
    LineHead,
    unscoped=True,
)
START = statement(
    both(
        "UPDATE jobs_jobs SET state = CASE WHEN run_at > @now THEN 'scheduled' ELSE 'ready' END, "
        "due_at = CASE WHEN run_at > @now THEN run_at ELSE @now END @newest_epoch "
        "WHERE id IN @uuids(ids) AND state = 'waiting'"
    ),
    unscoped=True,
)
"""Waiting is over: it runs now, or when it is due."""
