"""What a lease is worth on every engine: its number is given once, and what it held is free when it is over."""

from __future__ import annotations

from itertools import pairwise

import pytest

from backstay.systems.jobs.contracts import JobState
from backstay.systems.jobs.engines.store import Claimed, Outcome
from tests.systems.jobs.conformance.stores import Bench


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
