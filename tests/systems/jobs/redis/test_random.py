"""Random histories of every verb: whatever happens, all sets agree, keys are kept, and every job ends once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from random import Random

import pytest

from backstay.kernel.clock import ManualClock
from backstay.systems.jobs.contracts import JobState
from backstay.systems.jobs.engines.redis import RedisStore
from backstay.systems.jobs.engines.store import Claimed, NewJob, Outcome
from tests.systems.jobs.redis.stores import ORG, OTHER, check_invariants, new, states

pytestmark = pytest.mark.needs("redis")

STEPS = 150
ENDS = {"completed", "dead", "cancelled"}


class History:
    """One random life of a store."""

    def __init__(self, store: RedisStore, clock: ManualClock, seed: int) -> None:
        self.store, self.clock, self.random = store, clock, Random(seed)
        self.jobs: list[NewJob] = []
        self.held: list[Claimed] = []
        self.settled: Counter[object] = Counter()

    async def enqueue(self) -> None:
        choose, batch = self.random.choice, []
        for _ in range(self.random.randrange(1, 5)):
            kind = choose(["plain", "order", "slots", "unique", "child", "late", "all"])
            fields: dict[str, object] = {"organization_id": choose([ORG, OTHER]), "priority": choose([0, 5])}
            if kind in {"order", "all"}:
                fields |= {"order_key": choose("ab"), "order_failure": choose(["block", "park", "skip"])}
            if kind in {"slots", "all"}:
                fields |= {"concurrency_key": choose("xy"), "concurrency": 2}
            if kind == "unique":
                fields |= {"unique_key": choose("uvw"), "unique_for": choose([None, 15.0])}
            own = [job.id for job in self.jobs if job.organization_id == fields["organization_id"]]
            if kind in {"child", "all"} and own:
                parents = {self.random.choice(own) for _ in range(self.random.randrange(1, 3))}
                fields |= {"depends_on": sorted(parents), "on_parent_failure": choose(["cancel", "run"])}
            if kind in {"late", "all"}:
                fields |= {"delay": float(self.random.randrange(20))}
            batch.append(new(**fields))
        receipts = await self.store.enqueue_now(batch)
        self.jobs += [job for job, receipt in zip(batch, receipts, strict=True) if receipt.created]

    async def claim(self) -> None:
        self.held += await self.store.claim("w", ["default"], self.random.randrange(1, 6), 30)

    async def settle(self) -> None:
        self.random.shuffle(self.held)
        some, self.held = self.held[:3], self.held[3:]
        to = [
            JobState.COMPLETED,
            JobState.DEAD,
            JobState.FAILED,
            JobState.SCHEDULED,
            JobState.READY,
            JobState.CANCELLED,
        ]
        outcomes = [
            Outcome(key=one.key, to=self.random.choice(to), delay=7.0, spent=self.random.random() < 0.5)
            for one in some
        ]
        answers = await self.store.settle(outcomes)
        for outcome, held in zip(outcomes, answers, strict=True):
            self.settled[outcome.key] += held
        if outcomes:
            assert await self.store.settle(outcomes) == [False] * len(outcomes)

    async def move(self) -> None:
        self.clock.move(timedelta(seconds=self.random.choice([1, 5, 31])))
        if self.random.random() < 0.5 and self.held:
            await self.store.extend([one.key for one in self.held], 30)

    async def sweep(self) -> None:
        await self.store.sweep(self.random.choice([2, 100]))

    async def cancel(self) -> None:
        if self.jobs:
            job = self.random.choice(self.jobs)
            await self.store.cancel(job.organization_id, job.id)

    async def replay(self) -> None:
        if self.jobs:
            some = self.random.sample(self.jobs, min(3, len(self.jobs)))
            await self.store.replay(self.random.choice([ORG, OTHER]), [job.id for job in some])

    async def end_all(self) -> None:
        """With workers that always succeed, every job comes to an end, but those behind a dead head."""
        now: Counter[str] = Counter()
        for _ in range(400):
            self.clock.move(timedelta(seconds=31))
            await self.store.sweep(1000)
            claims = await self.store.claim("w", ["default"], 100, 30)
            await self.store.settle([Outcome(key=one.key, to=JobState.COMPLETED) for one in claims])
            now = Counter(await states(self.store, self.jobs))
            if not now.keys() - ENDS:
                return
            if now["dead"]:
                for organization in (ORG, OTHER):
                    await self.store.replay(organization, [job.id for job in self.jobs])
        raise AssertionError(f"jobs that never end: {now}")


@pytest.mark.parametrize("seed", range(12))
async def test_random_history(store: RedisStore, clock: ManualClock, seed: int) -> None:
    life = History(store, clock, seed)
    verbs = [
        life.enqueue,
        life.claim,
        life.claim,
        life.settle,
        life.settle,
        life.move,
        life.sweep,
        life.cancel,
        life.replay,
    ]
    for _ in range(STEPS):
        await life.random.choice(verbs)()
        await check_invariants(store)
    assert all(times <= 1 for times in life.settled.values()), "a claim ended twice"
    await life.end_all()
