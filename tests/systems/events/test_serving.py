"""The whole way, with a server's own parts: publishers, dispatcher, workers; deliveries on each engine of jobs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest

from backstay.kernel.actor import Actor
from backstay.kernel.backend import start
from backstay.kernel.settings import load
from backstay.products.counter.module import module as counter
from backstay.systems.events.module import module as events
from backstay.systems.events.testing import published
from backstay.systems.idempotency.module import module as idempotency
from backstay.systems.jobs import Jobs
from backstay.systems.jobs.engines.redis import RedisStore
from backstay.systems.jobs.module import module as jobs
from tests.plugins.servers import REDIS
from tests.systems.events.shop import OrderPaid, OrderPlaced, Temper, shop, value
from tests.systems.jobs.redis.servers import until
from tests.templates import migrate

MODULES = [idempotency, jobs, events, counter, shop]
ORDERS = 30


@pytest.mark.parametrize("jobs_on", ["database", pytest.param("redis", marks=pytest.mark.needs("redis"))])
async def test_effects_happen_once_and_in_order(
    database_url: str, tmp_path: Path, actor: Actor, jobs_on: str
) -> None:
    environ = {"DATABASE_URL": database_url, "BACKSTAY_APP_DATA_DIR": str(tmp_path / "var")}
    if jobs_on == "redis":
        environ["JOBS_URL"] = f"{REDIS}?prefix=test_{uuid4().hex}"
    await migrate(database_url, MODULES)
    async with start(load(MODULES, environ), MODULES) as backend:
        reader = backend.reader(actor)

        async def publish(number: int) -> None:
            async with backend.database.transaction(actor) as uow:
                uow.publish(OrderPlaced(order=f"o{number % 3}", amount=1))
                uow.publish(OrderPaid(order=f"o{number % 3}"))

        await asyncio.gather(*(publish(number) for number in range(ORDERS)))
        async with asyncio.timeout(30):
            while [await value(reader, name) for name in ("turnover", "OrderPaid")] != [ORDERS, ORDERS]:
                await backend.database.ping()
        await until(lambda: len(Temper.seen) == 2 * ORDERS, 30)
        assert await value(reader, "turnover") == ORDERS
        assert len(await published(reader, OrderPlaced)) == ORDERS
        for order in ("o0", "o1", "o2"):
            versions = [version for name, version in Temper.seen if name == order and version is not None]
            assert versions == sorted(versions)
            assert len(versions) == ORDERS // 3
        store = backend.part(Jobs).store
    if isinstance(store, RedisStore):
        client = store.address.connect()
        await client.delete(*[key async for key in client.scan_iter(match=f"{store.address.keys}*")])
        await client.aclose()
