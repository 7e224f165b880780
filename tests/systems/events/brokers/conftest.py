from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from backstay.kernel.clock import ManualClock
from backstay.systems.events.engines.broker import Broker
from tests.house import House
from tests.systems.events.brokers.deployments import deployment
from tests.systems.events.brokers.servers import PLACES, Place

_NEEDED: dict[str, list[str]] = {
    "rabbitmq": ["rabbitmq"],
    "nats": ["nats"],
    "tansu": ["tansu"],
    "librdkafka": [],
}


def some(*names: str) -> list[ParameterSet]:
    """These brokers, with what each needs."""
    return [pytest.param(name, marks=[pytest.mark.needs(tool) for tool in _NEEDED[name]]) for name in names]


SHARING = some("rabbitmq", "nats", "tansu")
"""Those on which several processes of a group can be tested."""
CUT_OFF = SHARING
"""Those behind a proxy, or with a process that can be killed."""


@pytest.fixture(params=some(*PLACES))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def place(kind: str, tmp_path: Path) -> AsyncIterator[Place]:
    async with PLACES[kind](tmp_path) as opened:
        yield opened


@pytest.fixture
def broker(place: Place) -> Broker:
    return place.open()


@pytest.fixture
async def seller(database_url: str, clock: ManualClock, tmp_path: Path, place: Place) -> AsyncIterator[House]:
    async with deployment("seller", database_url, clock, tmp_path, place) as house:
        yield house


@pytest.fixture
async def bank(clock: ManualClock, tmp_path: Path, place: Place) -> AsyncIterator[House]:
    async with deployment("bank", f"sqlite:///{tmp_path}/bank.db", clock, tmp_path, place) as house:
        yield house
