"""backstay's jobs, on the database or the Redis that BENCH_URL names; the oracle is the Python peers' own."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

sys.path.insert(0, str(Path(__file__).parent / "peers/python"))

import oracle  # type: ignore[import-not-found]  # lies beside the peers, which have no package
from msgspec.json import encode
from msgspec.structs import replace

from backstay.app import MODULES
from backstay.kernel import migrations
from backstay.kernel.actor import SYSTEM
from backstay.kernel.backend import Backend, start
from backstay.kernel.ids import uuid7
from backstay.kernel.module import Module, compose
from backstay.kernel.settings import load
from backstay.systems.jobs import Given, Job, JobOptions, Jobs, enqueue_many, handles
from backstay.systems.jobs.service.collecting import collect_seldom
from backstay.systems.jobs.service.declaring import new_job
from backstay.systems.jobs.service.part import open_store
from backstay.systems.jobs.service.worker import Worker

if TYPE_CHECKING:
    from backstay.systems.jobs.engines.redis import RedisStore


class Work(Job, frozen=True):
    kind: ClassVar[str] = "bench.work"
    options: ClassVar[JobOptions] = JobOptions(queue="bench", max_attempts=5, max_crashes=100)
    n: int
    t: float


@handles(Work)
async def work_on(job: Work) -> None:
    await oracle.run(job.n, job.t)


BENCH = Module(name="bench", summary="The benchmark's jobs.", package="bench.jobs", declares=[work_on])


ON_REDIS = oracle.URL.startswith("redis")


def _settings() -> tuple[Any, tuple[Module, ...]]:
    modules = compose([*(module for module in MODULES if module.name in {"idempotency", "jobs"}), BENCH])
    # On Redis the database is there all the same, beside the oracle, and holds nothing of these jobs.
    beside = f"sqlite:///{os.environ['BENCH_ORACLE']}.db"
    environment = {
        **os.environ,
        "DATABASE_URL": beside if ON_REDIS else oracle.URL,
        "BACKSTAY_JOBS_EMBEDDED": "false",
        "BACKSTAY_JOBS_CONCURRENCY": str(oracle.CONCURRENCY),
        "BACKSTAY_JOBS_PREFETCH": "1000",
        "BACKSTAY_JOBS_LEASE": "10",
    }
    if ON_REDIS:
        environment["JOBS_URL"] = oracle.URL
    return load(modules, environment), modules


async def setup() -> None:
    settings, modules = _settings()
    await migrations.up(settings.database.url, modules)


async def produce() -> None:
    """On Redis straight to it, as its peers do: the relayed enqueue is for who has a transaction."""
    settings, modules = _settings()
    async with start(settings, modules, services=False) as backend:
        database = backend.database

        async def many(batch: list[dict[str, Any]]) -> None:
            async with database.transaction(SYSTEM) as uow:
                jobs = [Work(**one) for one in batch]
                if ON_REDIS:
                    # As `enqueue_many`: jobs of one sort are decided once.
                    first = new_job(uow, jobs[0], Given(), job_id=uuid7())
                    made = [replace(first, id=uuid7(), payload=encode(job)) for job in jobs]
                    await cast("RedisStore", backend.part(Jobs).store).enqueue_now(made)
                else:
                    await enqueue_many(uow, jobs)

        async def one(arguments: dict[str, Any]) -> None:
            await many([arguments])

        try:
            await oracle.produce(one, many)
        finally:
            await backend.part(Jobs).store.close()


async def work() -> None:
    settings, modules = _settings()

    async def run(backend: Backend) -> None:
        await Worker(backend, lambda: open_store(backend), queues=["bench"]).run()

    async with start(settings, modules, services=False) as backend:
        backend.observers.clear()
        collect_seldom()  # as `backstay worker` does
        await run(backend)


oracle.main(setup=setup, produce=produce, work=work)
