from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from backstay.kernel.clock import ManualClock
from backstay.products.counter.module import module as counter
from backstay.systems.events.module import module as events
from backstay.systems.idempotency.module import module as idempotency
from backstay.systems.jobs.module import module as jobs
from tests.house import House, open_house
from tests.systems.events.shop import FORGOTTEN, Temper, shop

# Without the servers' own parts: here the tests hand events over and run the jobs.
MODULES = [idempotency, replace(jobs, services=()), replace(events, works=()), counter, shop]


@pytest.fixture
async def house(database_url: str, clock: ManualClock, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(MODULES, database_url, clock, data_dir=tmp_path) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _even_temper() -> Iterator[None]:
    yield
    Temper.fails.clear()
    Temper.stumbles.clear()
    Temper.seen.clear()
    FORGOTTEN.clear()
