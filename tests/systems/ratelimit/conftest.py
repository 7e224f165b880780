"""A house whose limits are enforced, counting by a clock that the test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from backstay.kernel.clock import ManualClock
from backstay.systems.audit.module import module as audit
from backstay.systems.idempotency.module import module as idempotency
from backstay.systems.ratelimit import Limiter
from backstay.systems.ratelimit.engines.memory import MemoryStore
from backstay.systems.ratelimit.module import module as ratelimit
from backstay.systems.traffic.module import module as traffic
from tests.house import House, open_house
from tests.systems.ratelimit.probing import module as probing

MODULES = [traffic, ratelimit, idempotency, audit, probing]
ENFORCED = {"BACKSTAY_RATELIMIT_ENFORCE": "true", "BACKSTAY_RATELIMIT_STORE": "memory"}


class StoreClock:
    """The clock of a memory store, in microseconds."""

    def __init__(self) -> None:
        self.now = 1_000_000_000_000

    def __call__(self) -> int:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += round(seconds * 1_000_000)


Opener = Callable[..., AbstractAsyncContextManager[House]]


@pytest.fixture
def ticking() -> StoreClock:
    return StoreClock()


@pytest.fixture
def open_limited(database_url: str, clock: ManualClock, tmp_path: Path, ticking: StoreClock) -> Opener:
    @asynccontextmanager
    async def opened(**environ: str) -> AsyncIterator[House]:
        async with open_house(
            MODULES, database_url, clock, data_dir=tmp_path, environ=ENFORCED | environ
        ) as house:
            limiter = house.backend.part(Limiter)
            limiter.store = MemoryStore(clock=ticking)
            yield house

    return opened


@pytest.fixture
async def house(open_limited: Opener) -> AsyncIterator[House]:
    async with open_limited() as opened:
        yield opened
