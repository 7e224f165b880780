"""The bench on every engine: values in memory or in Redis, beside either database."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from backstay.kernel.clock import ManualClock
from tests.systems.cache.benches import Bench, open_bench


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.needs("redis"))])
def kept_in(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def bench(kept_in: str, database_url: str, clock: ManualClock) -> AsyncIterator[Bench]:
    async with open_bench(kept_in, database_url, clock) as opened:
        yield opened
