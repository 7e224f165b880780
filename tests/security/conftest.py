from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backstay.app import MODULES
from backstay.kernel.clock import ManualClock
from tests.house import House, open_house
from tests.systems.identity.conftest import SECRET, Site
from tests.systems.identity.softkeys import ORIGIN


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """Everything that is composed, on the engine of the test."""
    # So that nothing but an attack changes what somebody has, however long the test takes.
    quiet = {"BACKSTAY_EVENTS_DISPATCH": "false", "BACKSTAY_AUDIT_CHECKPOINT_INTERVAL": "3600"}
    async with open_house(MODULES, database_url, data_dir=tmp_path, environ=quiet) as opened:
        yield opened


@pytest.fixture
async def site(database_url: str, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Site]:
    """Everything that is composed, as its visitors see it; jobs run when a test says so."""
    environ = {
        "BACKSTAY_APP_SECRET_KEY": SECRET,
        "BACKSTAY_JOBS_EMBEDDED": "false",
        "BACKSTAY_JOBS_SCHEDULES": "false",
        "BACKSTAY_HTTP_PUBLIC_URL": ORIGIN,
        "BACKSTAY_IDENTITY_HASH_MEMORY": "8",
        "BACKSTAY_IDENTITY_HASH_PASSES": "1",
    }
    async with open_house(MODULES, database_url, clock, data_dir=tmp_path, environ=environ) as house:
        yield Site(house, clock)
