"""Claims while a transaction that stays open keeps the dead in PostgreSQL's index (queue bloat)."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from backstay.kernel.clock import ManualClock
from backstay.systems.jobs.contracts import JobError, JobState
from backstay.systems.jobs.engines import sql_crowd
from backstay.systems.jobs.engines.sql import SqlStore
from backstay.systems.jobs.engines.sql_crowd import FRONT, Crowd
from backstay.systems.jobs.engines.store import Outcome
from backstay.systems.jobs.queries import claiming
from tests.systems.jobs.conformance.stores import Bench, open_store
from tests.systems.jobs.test_bounds import Watched

DEAD = 2000

# SQLite removes what is dead in the commit that makes it so.
pytestmark = pytest.mark.parametrize(
    "engine_name", [pytest.param("postgresql", marks=pytest.mark.needs("postgres"))]
)


@pytest.fixture
async def bench(database_url: str, clock: ManualClock) -> AsyncIterator[Bench]:
    async with open_store(database_url, clock) as bench:
        yield bench


@pytest.fixture
async def held(database_url: str) -> AsyncIterator[asyncpg.Connection[Any]]:
    """A session that began to write something long ago, and forgot to end."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("BEGIN")
    await connection.fetch("SELECT pg_current_xact_id()")
    yield connection
    await connection.close()


def crowd(bench: Bench) -> Crowd:
    assert isinstance(bench.store, SqlStore)
    return bench.store._claims.crowd


async def wear(bench: Bench, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let many jobs live and end, and let the store learn of it."""
    monkeypatch.setattr(sql_crowd, "CROWD", DEAD)
    await bench.add(*(bench.job() for _ in range(DEAD)))
    claimed = await bench.claim(DEAD)
    assert len(claimed) == DEAD
    assert crowd(bench).crowded is False
    outcomes = [Outcome(key=one.key, to=JobState.COMPLETED) for one in claimed]
    assert all(await bench.store.settle(outcomes))
    connection = await asyncpg.connect(database_url)
    await connection.execute("ANALYZE jobs_jobs")  # which counts the dead at once
    await connection.close()
    crowd(bench)._look_at = 0


async def walked(database_url: str, asked: Sequence[tuple[str, Sequence[Any]]]) -> list[int]:
    """Index entries whose rows each claim had to look at, done again and taken back."""
    wanted = claiming.CLAIM.compiled("postgresql").sql
    connection = await asyncpg.connect(database_url, server_settings={"jit": "off"})
    found = []
    for sql, given in asked:
        if sql != wanted:
            continue
        transaction = connection.transaction()
        await transaction.start()
        plan = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *given)
        await transaction.rollback()
        found.append(_fetches(json.loads(plan)[0]["Plan"]))
    await connection.close()
    return found


def _fetches(plan: dict[str, Any]) -> int:
    own: int = plan.get("Heap Fetches", 0) * plan["Actual Loops"]
    return own + sum(_fetches(part) for part in plan.get("Plans", []))


async def test_only_the_first_claim_walks_over_the_dead(
    bench: Bench, database_url: str, held: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    await wear(bench, database_url, monkeypatch)
    new = [bench.job() for _ in range(300)]
    await bench.add(*new)
    watched: Any = Watched(bench.database._engine)
    bench.database._engine = watched
    taken = [await bench.claim(100) for _ in range(3)]
    assert crowd(bench).crowded is True
    assert [one.id for batch in taken for one in batch] == [job.id for job in new]
    front, *others = await walked(database_url, watched.asked)
    assert DEAD <= front < 2 * DEAD, "it walks once, not at each step"
    assert others, "no claim was watched"
    assert max(others) <= 300


async def test_what_is_passed_over_is_found_from_the_front(
    bench: Bench, database_url: str, held: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    await wear(bench, database_url, monkeypatch)
    await bench.add(*(bench.job() for _ in range(2)))
    (first,) = await bench.claim(1)
    (second,) = await bench.claim(1)
    error = JobError("ValueError", "no")
    assert await bench.end(first, JobState.FAILED, error=error)
    assert (await bench.store.sweep(10)).promoted == 1
    urgent = await bench.new(priority=0)
    assert [one.id for one in await bench.claim(1)] == [urgent], "what is more urgent is never passed over"
    later = await bench.new()
    mark = crowd(bench)._marks["default",]
    mark.place = (5, bench.organization, second.id)
    assert [one.id for one in await bench.claim(10)] == [later], "the retry's id is smaller"
    mark.until = 0
    assert [one.id for one in await bench.claim(10)] == [first.id]
    assert mark.until > 0


async def test_a_vacuum_ends_it(
    bench: Bench, database_url: str, held: asyncpg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    await wear(bench, database_url, monkeypatch)
    await bench.new()
    assert len(await bench.claim(10)) == 1
    assert (crowd(bench).crowded, crowd(bench).begin(["default"]) == FRONT) == (True, False)
    await held.execute("ROLLBACK")
    await held.execute("VACUUM jobs_jobs")
    crowd(bench)._look_at = 0
    assert await bench.claim(10) == []
    assert (crowd(bench).crowded, crowd(bench).begin(["default"])) == (False, FRONT)


def test_a_place_from_the_front_lasts_as_long_as_it_was_dear(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Crowd(bench.database)
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    one.note(["q"], FRONT, 1.0, [])
    assert one._marks == {}, "nothing is noted while there is no crowd"
    one.crowded = True
    rows: list[Any] = [_Taken(UUID(int=2), UUID(int=9)), _Taken(UUID(int=1), UUID(int=5))]
    one.note(["q"], FRONT, 0.5, rows)
    place = (5, UUID(int=1), UUID(int=5))
    assert (one.begin(["q"]), one.begin(["other"])) == (place, FRONT)
    now = 109.9
    assert one.begin(["q"]) == place
    now = 110.1
    assert one.begin(["q"]) == FRONT
    one.note(["q"], FRONT, 0.001, [])
    assert one.begin(["q"]) == place, "an empty look keeps the place"
    now = 110.4
    assert one.begin(["q"]) == FRONT


async def test_leases_that_ended_are_looked_for_where_the_last_sweep_ended(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    one = Crowd(bench.database)
    second = 1_000_000
    one.note_sweep(899 * second)
    assert one.expired_since(900 * second) == 0, "nothing is left out without a crowd"
    one.crowded = True
    assert one.expired_since(900 * second) == 839 * second
    assert one.expired_since(901 * second) == 839 * second, "that sweep found more than it could take"
    one.note_sweep(901 * second)
    assert one.expired_since(902 * second) == 841 * second
    assert one.expired_since(800 * second) == 0, "the clock was set back"
    one.note_sweep(800 * second)
    assert one.expired_since(801 * second) == 740 * second
    now = 160.1
    assert one.expired_since(802 * second) == 0
    # And as a sweep does it: a lease that ends is found within the crowd, too.
    crowd(bench).crowded, crowd(bench)._look_at = True, float("inf")
    await bench.new()
    (claimed,) = await bench.claim(1, lease=5)
    assert (await bench.store.sweep(10)).rescued == 0
    bench.clock.move(timedelta(seconds=6))
    assert (await bench.store.sweep(10)).rescued == 1
    assert await bench.end(claimed) is False


class _Taken:
    priority = 5

    def __init__(self, organization: UUID, job: UUID) -> None:
        self.organization_id = organization
        self.id = job
