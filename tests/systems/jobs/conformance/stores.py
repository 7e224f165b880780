"""The stores that the suite runs on: each opened empty, with a clock that the test moves.

`database_url` names the engine; one that is not a database is opened beside one, in `open_store`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from backstay.kernel.clock import ManualClock
from backstay.kernel.database import Database
from backstay.kernel.ids import uuid7
from backstay.kernel.signing import Keys
from backstay.systems.jobs.contracts import JobError, JobInfo, JobState, Receipt
from backstay.systems.jobs.engines.redis import RedisStore
from backstay.systems.jobs.engines.sql import SqlStore
from backstay.systems.jobs.engines.store import Claimed, NewJob, Outcome, Store
from backstay.systems.jobs.module import module
from tests.conftest import make_actor
from tests.plugins.servers import REDIS
from tests.systems.jobs.redis import stores as redis
from tests.templates import migrate


@dataclass
class Bench:
    """A store under test, and short words for what tests do with it."""

    store: Store
    database: Database
    clock: ManualClock
    organization: UUID = field(default_factory=uuid4)

    def job(self, **given: Any) -> NewJob:
        """A job of the bench's organization."""
        plain: dict[str, Any] = {
            "id": uuid7(),
            "organization_id": self.organization,
            "actor_id": UUID(int=7),
            "kind": "tests.work",
            "queue": "default",
            "priority": 5,
            "payload": b"{}",
            "max_attempts": 5,
            "max_crashes": 3,
            "retain": 3600.0,
        }
        return NewJob(**{**plain, **given})

    async def add(self, *jobs: NewJob) -> list[Receipt]:
        """Enqueue in one commit."""
        actor = make_actor(organization=self.organization)
        receipts = await self.database.run(actor, lambda uow: self.store.enqueue(uow, jobs))
        if isinstance(self.store, RedisStore):
            await self.store.relay.drain()
        return receipts

    async def new(self, **given: Any) -> UUID:
        """Enqueue one job; its id."""
        (receipt,) = await self.add(self.job(**given))
        return receipt.id

    async def claim(
        self,
        limit: int = 10,
        *,
        worker: str = "w1",
        lease: float = 30.0,
        queues: Sequence[str] = ("default",),
    ) -> list[Claimed]:
        """Claim from the queue `default`."""
        return await self.store.claim(worker, queues, limit, lease)

    async def end(self, claimed: Claimed, to: JobState = JobState.COMPLETED, **given: Any) -> bool:
        """Settle one claim."""
        if to in (JobState.DEAD, JobState.FAILED):
            given.setdefault("error", JobError("ValueError", "no"))
        (held,) = await self.store.settle([Outcome(key=claimed.key, to=to, **given)])
        return held

    async def info(self, job_id: UUID) -> JobInfo:
        """The job, which must be there."""
        info = await self.store.get(self.organization, job_id)
        assert info is not None
        return info

    async def state(self, job_id: UUID) -> JobState:
        """Where the job is."""
        return (await self.info(job_id)).state

    def move(self, seconds: float) -> None:
        """Move the store's clock."""
        self.clock.move(timedelta(seconds=seconds))


@asynccontextmanager
async def open_store(url: str, clock: ManualClock) -> AsyncIterator[Bench]:
    """A store on an empty database of either kind."""
    await migrate(url, [module])
    database = await Database.open(url, clock=clock, keys=Keys(b"a secret of thirty-two bytes, or so"))
    store = SqlStore(database)
    try:
        yield Bench(store, database, clock)
    finally:
        await store.close()
        await database.close()


@asynccontextmanager
async def open_redis(url: str, clock: ManualClock) -> AsyncIterator[Bench]:
    """A store on Redis, under a prefix of its own, beside an empty database of either kind."""
    await migrate(url, [module])
    database = await Database.open(url, clock=clock, keys=Keys(b"a secret of thirty-two bytes, or so"))
    try:
        async with redis.open_store(REDIS, database, clock) as store:
            yield Bench(store, database, clock)
            await redis.check_invariants(store)
    finally:
        await database.close()
