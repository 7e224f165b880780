"""For tests of modules that enqueue jobs: what was enqueued, and running it here and now.

Both see what is committed. Keep the embedded worker out of the way with `jobs.embedded = false`
(`BACKSTAY_JOBS_EMBEDDED=false`), or it takes the jobs first.
"""

from __future__ import annotations

from collections import Counter
from typing import Final
from uuid import UUID

import msgspec

from backstay.kernel.backend import Backend
from backstay.kernel.database import Reader
from backstay.systems.jobs.contracts import JobInfo, JobState
from backstay.systems.jobs.engines.store import Store
from backstay.systems.jobs.engines.views import JobQuery
from backstay.systems.jobs.service.context import JobContext
from backstay.systems.jobs.service.declaring import Job, kind_of
from backstay.systems.jobs.service.part import Jobs
from backstay.systems.jobs.service.running import Runner

_PAGE: Final = 100
_LEASE: Final = 3600.0


async def enqueued(reader: Reader, kind: type[Job]) -> list[JobInfo]:
    """The jobs of a kind in the reader's organization, whatever their state, oldest first."""
    store, found = reader.part(Jobs).store, list[JobInfo]()
    query = JobQuery(kind=kind_of(kind), limit=_PAGE)
    while True:
        page = await store.find(reader.organization_id, query)
        found += page.items
        if not page.more:
            return found[::-1]
        query = msgspec.structs.replace(query, after=page.after)


async def assert_enqueued(reader: Reader, job: Job, *, times: int = 1) -> JobInfo:
    """Fail unless a job with exactly these arguments was enqueued so many times; returns the latest.

    Args:
        reader: of the organization; a unit of work sees what was committed before it.
        job: kind and arguments.
        times: 1 when not said. For none, look at `enqueued`.
    """
    of_kind = await enqueued(reader, type(job))
    wanted = msgspec.json.decode(msgspec.json.encode(job))
    same = [info for info in of_kind if msgspec.json.decode(info.arguments) == wanted]
    others = ", ".join(bytes(info.arguments).decode() for info in of_kind) or "none"
    assert len(same) == times, (
        f"{kind_of(type(job))} was enqueued {len(same)} times with {wanted}, not {times}; in all: {others}"
    )
    return same[-1]


async def drain(backend: Backend, *, queues: tuple[str, ...] = (), limit: int = 10_000) -> Counter[JobState]:
    """Run jobs that are due, one after another in this process, until none is left; how they ended.

    What a job enqueues is run too, also in other organizations. Failed and scheduled jobs wait for
    their time: move the `ManualClock`, and drain again.

    Raises:
        AssertionError: `limit` jobs have run and there are still more: they enqueue each other for ever.
    """
    jobs, ended = backend.part(Jobs), Counter[JobState]()
    served = queues or tuple(jobs.registry.queues)
    runner = Runner(backend, jobs.store, jobs.registry, concurrency=1)
    try:
        while True:
            await jobs.store.sweep(_PAGE)
            claimed = await jobs.store.claim("drain", served, _PAGE, _LEASE)
            if not claimed:
                return ended
            for one in claimed:
                context = JobContext(one, backend.database, jobs.store)
                outcome = await runner.run(one, context)
                if outcome is not None:
                    await jobs.store.settle([outcome])
                ended[await _state(jobs.store, one.organization_id, one.id)] += 1
            assert ended.total() < limit, f"{limit} jobs have run, and more are there"
    finally:
        await runner.close()


async def _state(store: Store, organization_id: UUID, job_id: UUID) -> JobState:
    info = await store.get(organization_id, job_id)
    assert info is not None
    return info.state
