"""Who may read `/metrics`."""

from __future__ import annotations

import pytest

from backstay.kernel.telemetry import configure
from backstay.systems.health.contracts import METRICS
from tests.conftest import make_actor
from tests.house import House
from tests.systems.health.conftest import Open


@pytest.fixture
def engine_name() -> str:
    """Nothing here is a matter of the database."""
    return "sqlite"


async def ask(house: House, *permissions: str, signed_in: bool = True) -> tuple[int, str]:
    who = make_actor("prometheus", permissions=permissions) if signed_in else None
    answer = await house(who, "GET", "/metrics")
    return answer.status_code, answer.json()["code"] if answer.status_code >= 400 else answer.text


async def test_open_outside_production(open_health: Open) -> None:
    async with open_health() as house:
        telemetry = configure(house.backend.settings)
        try:
            house.backend.hold(telemetry)
            house.backend.observers.insert(0, telemetry.finish)
            await house(None, "GET", "/livez")
            status, text = await ask(house, signed_in=False)
            assert (status, "# TYPE " in text) == (200, True)
            answer = await house(None, "GET", "/metrics")
            assert answer.headers["content-type"].startswith("text/plain; version=")
            assert answer.headers["cache-control"] == "no-store"
        finally:
            telemetry.shutdown()


async def test_in_production_it_takes_the_permission(open_health: Open) -> None:
    secret = "x" * 40
    async with open_health(BACKSTAY_APP_ENVIRONMENT="production", BACKSTAY_APP_SECRET_KEY=secret) as house:
        telemetry = configure(house.backend.settings)
        try:
            house.backend.hold(telemetry)
            assert await ask(house, signed_in=False) == (401, "unauthenticated")
            assert await ask(house, "health:other") == (403, "forbidden")
            assert (await ask(house, METRICS.name))[0] == 200
        finally:
            telemetry.shutdown()


async def test_where_nothing_is_measured_it_is_not_found(open_health: Open) -> None:
    async with open_health() as house:
        assert await ask(house, METRICS.name) == (404, "not_found")
    async with open_health(BACKSTAY_TELEMETRY_METRICS="false") as house:
        telemetry = configure(house.backend.settings)
        try:
            house.backend.hold(telemetry)
            assert await ask(house, METRICS.name) == (404, "not_found")
        finally:
            telemetry.shutdown()
