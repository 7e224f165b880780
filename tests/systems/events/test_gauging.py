"""How late events are, as `/metrics` tells it."""

from __future__ import annotations

from datetime import timedelta

from backstay.kernel.actor import SYSTEM, Actor
from backstay.kernel.clock import ManualClock
from backstay.kernel.telemetry import metrics
from backstay.kernel.telemetry.exposition import exposition
from backstay.systems.events.queries import relay
from backstay.systems.events.service.gauging import look
from backstay.systems.events.service.part import Events
from backstay.systems.events.testing import dispatch, settle
from tests.house import House
from tests.systems.events.shop import OrderPlaced
from tests.systems.events.test_publishing import publish


async def _gauges(house: House) -> dict[str, float]:
    await look(house.backend.database.reader(SYSTEM))
    lines = exposition(metrics).decode().splitlines()
    told = (line.rpartition(" ") for line in lines if line.startswith("events_"))
    return {name.removeprefix("events_"): float(value) for name, _, value in told}


async def test_each_lag_grows_until_its_event_is_through(
    house: House, actor: Actor, clock: ManualClock
) -> None:
    outbox, mine = "outbox_lag_seconds", 'subscription_lag_seconds{subscription="shop.add_up"}'
    left = 'relay_lag_seconds{broker="nats"}'
    assert (await _gauges(house))[outbox] == 0.0
    await publish(house, actor, OrderPlaced(order="a", amount=1))
    clock.move(timedelta(seconds=7))
    gauges = await _gauges(house)
    assert (gauges[outbox], gauges[mine]) == (7.0, 0.0)
    await dispatch(house.backend)
    house.backend.part(Events).broker = "nats"
    clock.move(timedelta(seconds=3))
    gauges = await _gauges(house)
    assert (gauges[outbox], gauges[mine], gauges[left]) == (0.0, 10.0, 10.0)
    await settle(house.backend)
    async with house.backend.database.transaction(SYSTEM) as uow:
        await uow.execute(relay.MAKE, at=uow.now())  # where the log stands: all of it has left
    gauges = await _gauges(house)
    assert (gauges[outbox], gauges[mine], gauges[left]) == (0.0, 0.0, 0.0)
