from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

import pytest

from backstay.kernel.backend import Backend
from backstay.kernel.health import Health, HealthCheck, HealthReport
from backstay.kernel.module import Module
from backstay.systems.health.module import module as health
from tests.house import House, open_house


class Tide:
    """What the other module's checks do next."""

    def __init__(self) -> None:
        self.asked = 0
        self.health = Health.OK
        self.failure: BaseException | None = None
        self.hangs = False
        self.stubborn = asyncio.Event()
        self.stubborn.set()

    async def check(self, _: Backend) -> HealthReport:
        self.asked += 1
        if self.failure is not None:
            raise self.failure
        if self.hangs:
            await asyncio.Event().wait()
        while not self.stubborn.is_set():
            try:
                await self.stubborn.wait()
            except asyncio.CancelledError:
                continue  # as a careless check does
        return HealthReport(self.health, "high water")


class Open(Protocol):
    def __call__(
        self, *, critical: bool = True, timeout: float = 1.0, **environ: str
    ) -> AbstractAsyncContextManager[House]: ...


@pytest.fixture
def tide() -> Iterator[Tide]:
    made = Tide()
    yield made
    made.stubborn.set()


@pytest.fixture
def open_health(database_url: str, tmp_path: Path, tide: Tide) -> Open:
    def opened(
        *, critical: bool = True, timeout: float = 1.0, **environ: str
    ) -> AbstractAsyncContextManager[House]:
        check = HealthCheck(name="tide", check=tide.check, critical=critical, timeout=timeout)
        harbour = Module(name="harbour", summary="Boats.", package="tests.systems.health", health=[check])
        return open_house([health, harbour], database_url, data_dir=tmp_path, environ=environ)

    return opened


@pytest.fixture
async def house(open_health: Open) -> AsyncIterator[House]:
    async with open_health() as opened:
        yield opened


async def ready(house: House) -> tuple[int, Any]:
    answer = await house(None, "GET", "/readyz")
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, answer.json()
