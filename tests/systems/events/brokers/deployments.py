"""Deployments that exchange events; what the tests of relay and receiver share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from backstay.kernel.actor import SYSTEM, Actor
from backstay.kernel.clock import ManualClock
from backstay.kernel.event import Event
from backstay.kernel.module import Module
from backstay.products.counter.module import module as counter
from backstay.systems.events.engines.broker import Broker
from backstay.systems.events.module import module as events
from backstay.systems.events.queries.log import READ, LogRow
from backstay.systems.events.service.part import Events
from backstay.systems.events.service.receiving import Receiver
from backstay.systems.events.service.relaying import Relay
from backstay.systems.events.testing import dispatch
from backstay.systems.idempotency.module import module as idempotency
from backstay.systems.jobs.module import module as jobs
from tests.house import House, open_house
from tests.systems.events.brokers.servers import Place
from tests.systems.events.shop import DoorOpened, OrderPlaced, shop


class NotePinned(Event, frozen=True, kw_only=True):
    """Somebody wrote something, perhaps at length."""

    type: ClassVar[str] = "board.note_pinned"
    text: str


board = Module(
    name="board",
    summary="Notes for all.",
    package=__package__ or "",
    requires=["events"],
    events=[NotePinned],
)
MODULES = [idempotency, replace(jobs, services=()), replace(events, works=()), counter, shop, board]
TYPES = ["shop.order_placed", "shop.door_opened"]


@asynccontextmanager
async def deployment(
    name: str, database_url: str, clock: ManualClock, folder: Path, place: Place
) -> AsyncIterator[House]:
    """A backend whose relay and receiver the test runs itself."""
    environ = {"BACKSTAY_APP_NAME": name, "BROKER_URL": place.url}
    async with open_house(MODULES, database_url, clock, data_dir=folder / name, environ=environ) as house:
        yield house


def relay_of(house: House, broker: Broker, **more: Any) -> Relay:
    return Relay(house.backend.database, house.backend.part(Events), broker, **more)


def receiver_of(house: House, broker: Broker) -> Receiver:
    return Receiver(house.backend.database, house.backend.part(Events), broker, types=TYPES)


async def log_of(house: House) -> list[LogRow]:
    await dispatch(house.backend)
    return await house.backend.reader(SYSTEM).all(
        READ, after=0, until=2**62, all_types=1, types=[], limit=1000
    )


async def place_orders(house: House, actor: Actor, count: int) -> None:
    for number in range(count):
        async with house.backend.database.transaction(actor) as uow:
            uow.publish(OrderPlaced(order=f"o-{number % 3}", amount=number))
            uow.publish(DoorOpened())
    await dispatch(house.backend)


async def until_kept(house: House, count: int) -> list[LogRow]:
    """The other deployment's log once it holds so many events."""
    async with asyncio.timeout(30):
        while True:
            rows = await log_of(house)
            if len(rows) >= count:
                return rows
            await asyncio.sleep(0.02)
