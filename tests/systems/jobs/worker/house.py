"""A backend with a worker on the real stores, and short words for what tests do with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from backstay.kernel.actor import Actor
from backstay.kernel.backend import Backend, start
from backstay.kernel.clock import Clock, SystemClock
from backstay.kernel.module import compose
from backstay.kernel.settings import load
from backstay.systems.idempotency.module import module as idempotency
from backstay.systems.jobs import Job, JobInfo, Jobs, JobState
from backstay.systems.jobs.engines.store import Store
from backstay.systems.jobs.module import module as jobs_module
from backstay.systems.jobs.service.part import open_store
from backstay.systems.jobs.service.worker import Worker
from tests.systems.jobs.worker import kinds
from tests.systems.jobs.worker.kinds import GATES, SEEN
from tests.templates import migrate


class House:
    """A backend with a worker, and short words for what tests do."""

    def __init__(self, backend: Backend, worker: Worker, actor: Actor) -> None:
        self.backend = backend
        self.worker = worker
        self.actor = actor
        self.store = backend.part(Jobs).store
        self.breakers = backend.part(Jobs).breakers

    async def put(self, *jobs: Job) -> list[UUID]:
        async with self.backend.database.transaction(self.actor) as uow:
            return [(await job.enqueue(uow)).id for job in jobs]

    async def info(self, job_id: UUID) -> JobInfo:
        found = await self.store.get(self.actor.organization_id, job_id)
        assert found is not None
        return found

    async def wait(self, good: Callable[[], Awaitable[bool]]) -> None:
        """Go on when the store says that it is so."""
        async with asyncio.timeout(20):
            while not await good():  # noqa: ASYNC110 - as in `until`
                await asyncio.sleep(0.01)

    async def ended(self, job_id: UUID) -> JobInfo:
        """The job once it has ended."""
        ends = {JobState.COMPLETED, JobState.DEAD, JobState.CANCELLED}
        async with asyncio.timeout(20):
            while (info := await self.info(job_id)).state not in ends:  # noqa: ASYNC110 - as in `until`
                await asyncio.sleep(0.01)
        return info


async def until(good: Callable[[], bool]) -> None:
    """Go on when it is so; the test's own time limit ends a wait for what never comes."""
    async with asyncio.timeout(20):
        while not good():  # noqa: ASYNC110 - what is waited for happens in the worker, which tells nobody
            await asyncio.sleep(0.005)


@asynccontextmanager
async def working(
    url: str,
    folder: Path,
    actor: Actor,
    *,
    clock: Clock | None = None,
    concurrency: int = 4,
    lease: str = "5s",
    soft: str = "10",
    opens: Callable[[Backend], Awaitable[Store]] = open_store,
) -> AsyncIterator[House]:
    SEEN.clear()
    GATES.clear()
    modules = compose([idempotency, jobs_module, kinds.module])
    await migrate(url, modules)
    environment = {
        "DATABASE_URL": url,
        "BACKSTAY_APP_ENVIRONMENT": "test",
        "BACKSTAY_APP_DATA_DIR": str(folder),
        "BACKSTAY_JOBS_EMBEDDED": "false",
        "BACKSTAY_JOBS_PREFETCH": "4",
        "BACKSTAY_JOBS_POLL": "0.05",
        "BACKSTAY_JOBS_LEASE": lease,
        "BACKSTAY_JOBS_SOFT_DEADLINE": soft,
        "BACKSTAY_JOBS_HARD_DEADLINE": "5",
    }
    settings = load(modules, environment, None)
    async with start(settings, modules, clock=clock or SystemClock(), services=False) as backend:
        worker = Worker(backend, lambda: opens(backend), concurrency=concurrency)
        task = asyncio.create_task(worker.run())
        try:
            yield House(backend, worker, actor)
        finally:
            worker.stop()
            for gate in GATES.values():
                gate.set()
            await asyncio.wait_for(task, 20)
            await backend.part(Jobs).store.close()
