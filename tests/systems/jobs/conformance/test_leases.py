"""What a lease is worth on every engine: its number is given once, and what it held is free when it is over."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from backstay.kernel.clock import SystemClock
from backstay.systems.jobs.contracts import JobState
from backstay.systems.jobs.engines.store import Claimed, Outcome
from tests.systems.jobs.conformance.stores import Bench, open_store


async def test_no_way_back_brings_an_earlier_claim_to_life(bench: Bench) -> None:
    job = await bench.new(max_attempts=9, max_crashes=9)
    claims: list[Claimed] = []
    for to, given in (
        (JobState.READY, {"spent": False}),
        (JobState.SCHEDULED, {"delay": 0.0, "spent": False}),
        (JobState.FAILED, {"delay": 0.0}),
        (None, {}),
        (JobState.DEAD, {}),
        (JobState.COMPLETED, {}),
    ):
        (claimed,) = await bench.claim()
        claims.append(claimed)
        if to is None:
            bench.move(31)
        else:
            assert await bench.end(claimed, to, **given)
        await bench.store.sweep(10)
        if to is JobState.DEAD:
            assert await bench.store.replay(bench.organization, [job]) == [job]
        # An earlier claim has the same attempt as the present one, perhaps; it is over all the same.
        for old in claims:
            assert await bench.store.settle([Outcome(key=old.key, to=JobState.COMPLETED)]) == [False]
    assert all(one.key.lease < next_.key.lease for one, next_ in pairwise(claims))
    assert [one.attempt for one in claims] == [1, 1, 1, 2, 2, 1]
    assert await bench.state(job) is JobState.COMPLETED


@pytest.mark.parametrize("limit", ["key", "queue"])
async def test_a_dead_worker_gives_back_what_it_held_of_a_limit(bench: Bench, limit: str) -> None:
    given = {"concurrency_key": "c", "concurrency": 1} if limit == "key" else {}
    if limit == "queue":
        await bench.store.limit("default", rate=None, concurrency=1)
    first, second = [await bench.new(**given) for _ in range(2)]
    assert [one.id for one in await bench.claim(worker="dead")] == [first]
    assert await bench.claim(worker="alive") == []
    bench.move(30)
    assert (await bench.store.sweep(10)).rescued == 1
    (again,) = await bench.claim(worker="alive")
    assert again.id == first
    assert await bench.end(again)
    assert [one.id for one in await bench.claim(worker="alive")] == [second]


class Skewed(SystemClock):
    """The clock of a machine that goes wrong."""

    def __init__(self, minutes: int) -> None:
        super().__init__()
        self._by = timedelta(minutes=minutes)

    def now(self) -> datetime:
        return super().now() + self._by


async def test_a_workers_own_clock_changes_nothing(database_url: str) -> None:
    """On the databases; on Redis its scripts ask the server, and are given no other clock but a test's."""
    async with AsyncExitStack() as stack:

        async def opened(minutes: int) -> Bench:
            clock: Any = Skewed(minutes)
            return await stack.enter_async_context(open_store(database_url, clock))

        right, early, late = [await opened(minutes) for minutes in (0, 10, -10)]
        for wrong in (early, late):
            (delayed,) = await right.add(right.job(delay=60.0))
            (given,) = await wrong.add(right.job())
            assert (await wrong.store.sweep(100)).promoted == 0
            (claimed,) = await wrong.claim(lease=30)
            assert claimed.id == given.id
            for other in (right, early, late):
                assert (await other.store.sweep(100)).rescued == 0
            assert await right.end(claimed)
            assert await right.state(delayed.id) is JobState.SCHEDULED
