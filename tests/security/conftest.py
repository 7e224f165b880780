from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backstay.app import MODULES
from tests.house import House, open_house


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """Everything that is composed, on the engine of the test."""
    async with open_house(MODULES, database_url, data_dir=tmp_path) as opened:
        yield opened
