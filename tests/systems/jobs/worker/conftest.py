from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backstay.kernel.actor import Actor
from tests.systems.jobs.worker.house import House, working


@pytest.fixture
async def house(database_url: str, tmp_path: Path, actor: Actor) -> AsyncIterator[House]:
    async with working(database_url, tmp_path, actor) as house:
        yield house
