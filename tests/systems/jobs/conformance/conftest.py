"""The bench on every engine."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from backstay.kernel.clock import ManualClock
from tests.systems.jobs.conformance.stores import Bench, open_store


@pytest.fixture
async def bench(database_url: str, clock: ManualClock) -> AsyncIterator[Bench]:
    async with open_store(database_url, clock) as bench:
        yield bench
