"""The bench on every engine."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from backstay.kernel.clock import ManualClock
from tests.systems.jobs.conformance.stores import Bench, open_redis, open_store


@pytest.fixture(params=["in the database", pytest.param("redis beside it", marks=pytest.mark.needs("redis"))])
async def bench(
    request: pytest.FixtureRequest, database_url: str, clock: ManualClock
) -> AsyncIterator[Bench]:
    opened = open_store if request.param == "in the database" else open_redis
    async with opened(database_url, clock) as bench:
        yield bench
