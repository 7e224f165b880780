from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backstay.kernel.actor import Actor
from backstay.kernel.clock import ManualClock
from backstay.systems.idempotency.module import module as idempotency
from backstay.systems.jobs.module import module as jobs
from tests.conftest import make_actor
from tests.house import House, open_house
from tests.systems.jobs.api.shop import shop

MODULES = [idempotency, jobs, shop]


@pytest.fixture
async def house(database_url: str, clock: ManualClock, tmp_path: Path) -> AsyncIterator[House]:
    """The jobs and a shop on either database, with nobody but the test to run them."""
    quiet = {"BACKSTAY_JOBS_EMBEDDED": "false", "BACKSTAY_JOBS_SCHEDULES": "false"}
    async with open_house(MODULES, database_url, clock, data_dir=tmp_path, environ=quiet) as opened:
        yield opened


@pytest.fixture
def ada() -> Actor:
    return make_actor("ada", permissions=("jobs:read", "jobs:steer"))


@pytest.fixture
def operator() -> Actor:
    return make_actor("olga", permissions=("jobs:read", "jobs:steer", "jobs:operate"))
