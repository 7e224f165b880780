"""Statements that find jobs of an organization, newest first; each looks at a bounded number of rows.

Which index serves depends on the filter, so there is a statement for each way to narrow the
search down; the other filters are asked of the rows that were met on that way.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Integer, Text

from backstay.kernel.database import Dialect, Statement, Uuid, statement
from backstay.systems.jobs.contracts import JobState
from backstay.systems.jobs.queries.rows import COLUMNS, JobRow, Texts
from backstay.systems.jobs.tables import HELD, HELD_STATES

_LIVE, _DONE = "jobs_jobs", "jobs_done"
_FILTERS: Final = """(CAST(:queue AS text) IS NULL OR queue = :queue)
    AND (CAST(:kind AS text) IS NULL OR kind = :kind)
    AND (CAST(:schedule AS text) IS NULL OR schedule = :schedule)
    AND (CAST(:order_key AS text) IS NULL OR order_key = :order_key)
    AND (CAST(:trace AS text) IS NULL OR substr(traceparent, 4, 32) = :trace)
    AND (:any_state = 1 OR state IN @texts(states))"""
_WAY: Final = "FROM {table}{index} WHERE organization_id = :organization AND id < :after{narrow}"
_NEWEST: Final = "ORDER BY id DESC LIMIT"


class Way(Struct, frozen=True):
    """One way through one table."""

    rows: Statement[JobRow]
    """Those that match, from the newest down to `floor`."""
    floor: Statement[UUID]
    """The last of the first `seen`, if there are so many."""


def _way(table: str, narrow: str = "", *, sqlite_index: str = "", **types: Any) -> Way:
    ways: dict[Dialect, str] = {
        "sqlite": _WAY.format(table=table, index=sqlite_index, narrow=narrow),
        "postgresql": _WAY.format(table=table, index="", narrow=narrow),
    }

    def made(words: str, row: Any, **more: Any) -> Texts:
        known = {"after": Uuid, "organization": Uuid, **types, **more}
        return Texts({dialect: words.format(way=way) for dialect, way in ways.items()}, row, **known)

    rows = f"SELECT {COLUMNS} {{way}} AND id >= :floor AND {_FILTERS} {_NEWEST} :limit"
    floor = f"SELECT id AS value {{way}} {_NEWEST} 1 OFFSET :seen - 1"
    filters = dict.fromkeys(("queue", "kind", "schedule", "order_key", "trace"), Text)
    return Way(
        statement(made(rows, JobRow, floor=Uuid, any_state=Integer, **filters), JobRow, unscoped=True),
        statement(made(floor, UUID), UUID, unscoped=True),
    )


def _held(state: JobState) -> Way:
    # Literals: a parameter would hide the partial index. SQLite must find the index's own words, too.
    return _way(_LIVE, f" AND {HELD} AND state = '{state.value}'")


ALL: Final = (_way(_LIVE), _way(_DONE))
BY_FLOW: Final = tuple(_way(table, " AND flow_id = :flow", flow=Uuid) for table in (_LIVE, _DONE))
BY_SCHEDULE: Final = tuple(
    _way(table, " AND schedule = :schedule", schedule=Text) for table in (_LIVE, _DONE)
)
BY_STATE: Final = {state: (_held(state),) for state in HELD_STATES} | {
    JobState.READY: (_way(_LIVE),),
    # There are as many as workers can run; the planner would rather walk past all that wait.
    JobState.RUNNING: (
        _way(_LIVE, " AND state = 'running'", sqlite_index=" INDEXED BY ix_jobs_jobs_running"),
    ),
    JobState.COMPLETED: (_way(_DONE),),
    JobState.CANCELLED: (_way(_DONE, " AND state = 'cancelled'"),),
}
EXACT: Final = tuple(
    ways for state, ways in BY_STATE.items() if state not in {JobState.READY, JobState.COMPLETED}
)
"""On which every job is in the state that was asked for."""
