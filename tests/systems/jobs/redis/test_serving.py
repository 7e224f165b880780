"""The whole way on Redis: a unit of work, the relay, a worker, a handler in a unit of its own."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from backstay.kernel.actor import SYSTEM
from backstay.kernel.backend import start
from backstay.kernel.database import UnitOfWork
from backstay.kernel.module import Module
from backstay.kernel.settings import load
from backstay.systems.idempotency.module import module as idempotency
from backstay.systems.jobs.contracts import Receipt
from backstay.systems.jobs.engines.redis import RedisStore
from backstay.systems.jobs.module import module as jobs
from backstay.systems.jobs.service.declaring import Job
from backstay.systems.jobs.service.handling import handles
from backstay.systems.jobs.service.part import Jobs
from tests.plugins.servers import REDIS
from tests.systems.jobs.redis.servers import until
from tests.templates import migrate

pytestmark = pytest.mark.needs("redis")

HEARD: list[int] = []


class Ring(Job, frozen=True):
    number: int


@handles(Ring)
async def ring(job: Ring, uow: UnitOfWork) -> int:
    uow.after_commit(lambda: HEARD.append(job.number))
    return job.number


async def test_from_a_commit_to_a_handlers_commit(database_url: str, tmp_path: Path) -> None:
    HEARD.clear()
    bells = Module(name="bells", summary="Rings.", package="tests", requires=["jobs"], declares=[ring])
    url = f"{REDIS}?prefix=test_{uuid4().hex}"
    settings = load(
        [idempotency, jobs, bells],
        {"DATABASE_URL": database_url, "JOBS_URL": url, "BACKSTAY_APP_DATA_DIR": str(tmp_path / "var")},
    )
    await migrate(database_url, [idempotency, jobs])
    async with start(settings, [idempotency, jobs, bells]) as backend:
        store = backend.part(Jobs).store
        assert isinstance(store, RedisStore)

        async def work(uow: UnitOfWork) -> list[Receipt]:
            return [await Ring(number=number).enqueue(uow) for number in range(20)]

        receipts = await backend.database.run(SYSTEM, work)
        await until(lambda: len(HEARD) == 20, 20)
        assert sorted(HEARD) == list(range(20))
        states = [await store.get(SYSTEM.organization_id, one.id) for one in receipts]
        assert [info.state for info in states if info] == ["completed"] * 20
    client = store.address.connect()
    keys = [key async for key in client.scan_iter(match=f"{store.address.keys}*")]
    await client.delete(*keys)
    await client.aclose()
