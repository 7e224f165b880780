"""The lines of order keys: who stands where, and who may go on."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from backstay.kernel.database import Uuid, statement
from backstay.systems.jobs.queries.rows import Texts, both

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


class Line(Struct, frozen=True):
    """Where an order key's line stands."""

    failure: str | None
    """What a dead job does to those behind it: `park` before `block`; None when there is none."""
    active: bool
    """Whether one of it is under way, or resting before its next attempt."""
    parked: bool
    """Whether some were put aside."""
    head: UUID | None
    """Who stands first."""
    parents: int | None
    """How many it still waits for."""


_LINE: Final = "organization_id = :organization AND order_key = :key"


def _line(words: str, row: Any = None) -> Texts:
    return both(words.replace("@line", _LINE), row, organization=Uuid, id=Uuid)


_OUT: Final = "FROM jobs_jobs WHERE @line AND order_key IS NOT NULL AND state NOT IN ('waiting', 'parked')"
_IN: Final = "FROM jobs_jobs WHERE @line AND order_key IS NOT NULL AND state IN ('waiting', 'parked')"
LINE = statement(
    _line(
        f"""SELECT
            (SELECT order_failure {_OUT} AND state = 'dead' AND order_failure <> 'skip'
             ORDER BY order_failure DESC LIMIT 1) AS failure,
            EXISTS (SELECT 1 {_OUT} AND state <> 'dead') AS active,
            EXISTS (SELECT 1 {_IN} AND state = 'parked') AS parked,
            (SELECT id {_IN} ORDER BY place LIMIT 1) AS head,
            (SELECT parents {_IN} ORDER BY place LIMIT 1) AS parents""",
        Line,
    ),
    Line,
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
START = statement(
    both(
        "UPDATE jobs_jobs SET state = CASE WHEN run_at > @now THEN 'scheduled' ELSE 'ready' END, "
        "due_at = CASE WHEN run_at > @now THEN run_at ELSE @now END @newest_epoch "
        "WHERE id IN @uuids(ids) AND state = 'waiting'"
    ),
    unscoped=True,
)
"""Waiting is over: it runs now, or when it is due."""
