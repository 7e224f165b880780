"""What the lists of jobs read: a bounded number of rows, however many jobs there are, on both databases.

Counted, not timed: PostgreSQL tells the rows that each scan met, SQLite the steps of its machine.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from backstay.kernel.actor import SYSTEM
from backstay.kernel.clock import ManualClock
from backstay.kernel.database.engine import Engine
from backstay.kernel.ids import uuid7
from backstay.systems.jobs.contracts import JobState
from backstay.systems.jobs.engines.sql_crowd import FRONT, arguments
from backstay.systems.jobs.engines.sql_reading import SEEN
from backstay.systems.jobs.engines.sql_rows import micros
from backstay.systems.jobs.engines.views import JobQuery
from backstay.systems.jobs.queries import adding, changing, claiming
from backstay.systems.jobs.tables import done
from tests.systems.jobs.conformance.stores import Bench, open_store

MANY = 6 * SEEN
"""Jobs that lie between the newest and those that are looked for, in either table."""
RARE = 5
PLENTY = [JobState.READY, JobState.COMPLETED]
OLD = [state for state in JobState if state not in PLENTY]
STEPS_A_ROW = 60
"""Of SQLite's machine, at most, for a row that is looked at."""


class Watched:
    """An engine that remembers what was asked of it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.asked: list[tuple[str, Sequence[Any]]] = []

    async def fetch(self, compiled: Any, arguments: list[Any], organization: UUID | None = None) -> Any:
        self.asked.append((compiled.sql, arguments))
        return await self._engine.fetch(compiled, arguments, organization)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


@pytest.fixture
async def bench(database_url: str, clock: ManualClock) -> AsyncIterator[Bench]:
    async with open_store(database_url, clock) as bench:
        yield bench


@pytest.fixture
async def full(bench: Bench, database_url: str) -> Bench:
    """A store with few old jobs in each state, and very many newer ones."""
    flow = uuid7()
    rare = {"flow_id": flow, "schedule": "tests.nightly", "kind": "tests.rare", "queue": "rare"}
    rows = [
        _row(bench, state, id=_id(number * len(OLD) + place), **rare)
        for place, state in enumerate(OLD)
        for number in range(RARE)
    ]
    rows += [_row(bench, state, id=_id(MANY + place)) for place, state in enumerate(PLENTY)]
    ended = [str(row["id"]) for row in rows if row["state"] in {JobState.COMPLETED, JobState.CANCELLED}]
    async with bench.database.transaction(SYSTEM) as uow:
        await uow.execute_many(adding.INSERT, rows)
        await uow.execute(changing.MOVE, ids=ended)
        await uow.execute(changing.REMOVE, ids=ended)
    await _multiply(database_url)
    bench.database._engine = Watched(bench.database._engine)
    return bench


def _id(number: int) -> UUID:
    return UUID(f"00000000-0000-7000-8000-{number:012d}")


async def _multiply(database_url: str) -> None:
    """Copy the newest job of each table very many times."""
    columns = [column.name for column in done.columns if column.name != "id"]
    words = "WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})"
    words += (
        " INSERT INTO {table} (id, {columns}) SELECT {made}, {columns} FROM {table}, n WHERE id = '{one}'"
    )
    for place, table in enumerate(("jobs_jobs", "jobs_done")):
        given = {"table": table, "columns": ", ".join(columns), "one": _id(MANY + place)}
        given |= {"first": MANY * (2 + place), "last": MANY * (3 + place) - 1}
        if database_url.startswith("sqlite"):
            made = "'00000000-0000-7000-8000-' || printf('%012d', i)"
            with sqlite3.connect(database_url.removeprefix("sqlite:///")) as file:
                file.execute(words.format(made=made, **given))
            continue
        made = "CAST('00000000-0000-7000-8000-' || lpad(CAST(i AS text), 12, '0') AS uuid)"
        connection = await asyncpg.connect(database_url)
        await connection.execute(words.format(made=made, **given))
        await connection.execute(f"VACUUM ANALYZE {table}")
        await connection.close()


def _row(bench: Bench, state: JobState, **given: Any) -> dict[str, Any]:
    now = micros(bench.clock.now())
    empty: dict[str, Any] = {column.name: None for column in done.columns}
    numbers = dict.fromkeys(("attempt", "crashes", "lease", "parents"), 0)
    flags = dict.fromkeys(("stop", "gated", "linked"), False)
    return {
        **empty,
        **numbers,
        **flags,
        "organization_id": bench.organization,
        "actor_id": UUID(int=7),
        "kind": "tests.work",
        "queue": "default",
        "priority": 5,
        "state": state.value,
        "payload": json.dumps({"text": "x" * 200}),
        "run_at": now,
        "due_at": now,
        "created_at": now,
        "max_attempts": 5,
        "max_crashes": 3,
        "order_failure": "block",
        "retain": 3600.0,
        "on_parent_failure": "",
        "lease_until": now if state is JobState.RUNNING else None,
        **given,
    }


async def _rows_read(database_url: str, asked: Sequence[tuple[str, Sequence[Any]]]) -> float:
    """Rows that these statements look at; on SQLite at most so many."""
    if database_url.startswith("sqlite"):
        return _steps(database_url, asked) / STEPS_A_ROW
    connection = await asyncpg.connect(database_url)
    try:
        plans = [
            json.loads(await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *given))[0]["Plan"]
            for sql, given in asked
        ]
    finally:
        await connection.close()
    return sum(_met(plan) for plan in plans)


def _met(plan: dict[str, Any]) -> float:
    of_tables = plan["Node Type"] in {"Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan"}
    removed = [plan.get(f"Rows Removed by {what}", 0) for what in ("Filter", "Index Recheck")]
    own = (plan["Actual Rows"] + sum(removed)) * plan["Actual Loops"] if of_tables else 0
    return own + sum(_met(part) for part in plan.get("Plans", []))


def _steps(database_url: str, asked: Sequence[tuple[str, Sequence[Any]]]) -> int:
    taken = 0

    def step() -> None:
        nonlocal taken
        taken += 1

    connection = sqlite3.connect(database_url.removeprefix("sqlite:///"))
    connection.set_progress_handler(step, 1)
    for sql, given in asked:
        connection.execute(sql, given).fetchall()
    connection.close()
    return taken


async def _find(full: Bench, **query: Any) -> tuple[list[UUID], UUID | None, list[tuple[str, Sequence[Any]]]]:
    watched: Any = full.database._engine
    watched.asked.clear()
    page = await full.store.find(full.organization, JobQuery(**query))
    return [job.id for job in page.items], page.after, list(watched.asked)


async def test_lists_read_a_bounded_number_of_rows(full: Bench, database_url: str) -> None:
    exact: list[dict[str, Any]] = [{"states": [state]} for state in OLD]
    exact += [{"schedule": "tests.nightly"}]
    for query in exact:
        found, after, asked = await _find(full, **query)
        expected = RARE if "states" in query else RARE * len(OLD)
        assert (len(found), after) == (expected, None), query
        assert await _rows_read(database_url, asked) <= 4 * RARE * len(OLD), query
    # A page of what there is plenty of, or of everything.
    for query in ({}, {"states": [JobState.READY]}, {"states": [JobState.COMPLETED]}):
        found, after, asked = await _find(full, **query)
        assert (len(found), after) == (50, found[-1]), query
        assert await _rows_read(database_url, asked) <= 2 * SEEN + 200, query
    # What is rare, and has no index of its own.
    for query in ({"kind": "tests.rare"}, {"queue": "rare"}, {"trace_id": "0" * 32}, {"order_key": "x"}):
        found, after, asked = await _find(full, **query)
        assert (found, after is None) == ([], False), query
        assert await _rows_read(database_url, asked) <= 4 * SEEN + 200, query


async def test_what_is_rare_is_found_by_going_on(full: Bench) -> None:
    found, after, pages = list[UUID](), None, 0
    while pages == 0 or after is not None:
        some, after, _ = await _find(full, kind="tests.rare", after=after)
        found += some
        pages += 1
    # The two tables' newer ones lie behind each other: the done are the newest.
    assert pages == 1 + 2 * (MANY // SEEN)
    assert len(found) == len(set(found)) == RARE * len(OLD)
    assert found == sorted(found, reverse=True)


async def test_pages_of_both_tables_hold_every_job_once(full: Bench) -> None:
    found, after = list[UUID](), None
    states = [JobState.READY, JobState.COMPLETED, JobState.DEAD]
    for _ in range(3):
        some, after, _ = await _find(full, states=states, limit=100, after=after)
        found += some
    assert len(found) == len(set(found)) == 300
    assert found == sorted(found, reverse=True)
    assert (await _find(full, flow_id=uuid4()))[0] == []


async def test_a_choice_of_jobs_reads_as_many_rows_as_it_takes(bench: Bench, database_url: str) -> None:
    # A table that was filled a moment ago: nobody has told the planner yet what is in it.
    rows = [_row(bench, JobState.READY, id=_id(number)) for number in range(2000)]
    async with bench.database.transaction(SYSTEM) as uow:
        await uow.execute_many(adding.INSERT, rows)
    store: Any = bench.store
    watched: Any = Watched(bench.database._engine)
    bench.database._engine = watched
    for spin in (UUID(int=0), bench.organization):
        watched.asked.clear()
        taken = await store._all(  # what a claim takes: of SQLite's, only the choice can be watched
            claiming.PEEK, queues=["default"], limit=20, least=0, spin=spin, **arguments(FRONT)
        )
        assert sorted(row.id for row in taken) == [row["id"] for row in rows[:20]]
        assert await _rows_read(database_url, watched.asked) <= 100
