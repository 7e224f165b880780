"""Two deployments that exchange events: what leaves one is in the other's log once, in its order."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from backstay.kernel.actor import SYSTEM, Actor
from backstay.kernel.backend import start
from backstay.kernel.clock import ManualClock
from backstay.kernel.settings import load
from backstay.products.counter.module import module as counter
from backstay.systems.events.engines.broker import BrokerUnavailable
from backstay.systems.events.module import module as events
from backstay.systems.events.queries import relay as standing
from backstay.systems.events.service import relaying
from backstay.systems.events.service.part import Events
from backstay.systems.events.service.relaying import LEASE, message_of
from backstay.systems.events.service.upkeep import prune
from backstay.systems.events.testing import settle
from backstay.systems.idempotency.module import module as idempotency
from backstay.systems.jobs.module import module as jobs
from tests.house import House
from tests.systems.events.brokers.conftest import CUT_OFF, some
from tests.systems.events.brokers.deployments import (
    TYPES,
    NotePinned,
    log_of,
    place_orders,
    receiver_of,
    relay_of,
    until_kept,
)
from tests.systems.events.brokers.heard import Heard
from tests.systems.events.brokers.servers import Place
from tests.systems.events.shop import OrderPlaced, Temper, shop, value
from tests.templates import migrate

nats = pytest.mark.parametrize("kind", some("nats"), indirect=True)


@pytest.mark.parametrize("kind", CUT_OFF, indirect=True)
async def test_events_are_in_the_other_log_once_and_in_their_order(
    place: Place, seller: House, bank: House, actor: Actor
) -> None:
    relay = relay_of(seller, place.open())
    assert await relay.round() == 0
    receiver = receiver_of(bank, place.open())
    async with receiver._broker.receive(receiver.group, receiver.types, receiver.take):
        await place_orders(seller, actor, 12)
        sent = await log_of(seller)
        # A relay that died before it noted anything: the next one sends all of it again.
        await place.open().publish([message_of(row) for row in sent[:15]])
        assert await relay.round() == 24
        assert await relay.round() == 0
        kept = await until_kept(bank, 24)
    shown = ("id", "source", "type", "subject", "time", "organization_id", "actor_id", "version", "data")
    assert sorted([getattr(row, name) for name in shown] for row in kept if row.subject) == sorted(
        [getattr(row, name) for name in shown] for row in sent if row.subject
    )
    assert {row.id for row in kept} == {row.id for row in sent}
    assert {row.source for row in kept} == {"/seller/shop"}
    for order in ("o-0", "o-1", "o-2"):
        assert [row.version for row in kept if row.subject == order] == [1, 2, 3, 4]
    await settle(bank.backend)
    assert await value(bank.backend.reader(actor), "turnover") == sum(range(12))
    assert len(Temper.seen) == 12


@nats
async def test_a_relay_that_stood_still_and_woke_up_moves_nothing(
    place: Place, seller: House, actor: Actor, clock: ManualClock
) -> None:
    database = seller.backend.database
    first, second = relay_of(seller, place.open()), relay_of(seller, place.open())
    await first.round()
    await place_orders(seller, actor, 3)
    taken = await database.run(SYSTEM, relaying._take)
    assert taken is not None
    assert await second.round() == 0
    clock.move(LEASE)
    assert await second.round() == 6
    assert await first._drain(taken, 6) == 0
    row = await database.reader(SYSTEM).one(standing.STANDING)
    assert (row.position, row.token, row.error) == (6, 2, None)


@pytest.mark.parametrize("kind", CUT_OFF, indirect=True)
async def test_while_the_broker_is_away_writes_go_on_and_the_lag_tells(
    place: Place, seller: House, actor: Actor, clock: ManualClock, kind: str
) -> None:
    relay, heard = relay_of(seller, place.open()), Heard()
    await relay.round()
    async with place.open().receive("shop", TYPES, heard):
        await place.away()
        await place_orders(seller, actor, 4)
        clock.move(timedelta(minutes=10))
        with pytest.raises(BrokerUnavailable) as failure:
            await relay.round()
        lag = (await seller(actor, "GET", "/v1/events/lag")).json()["broker"]
        assert lag == {
            "broker": "kafka" if kind == "tansu" else kind,
            "position": 0,
            "behind": 8,
            "oldest": 600.0,
            "refused": 0,
            "error": str(failure.value),
            "receiving": False,
        }
        await place.back()
        async with asyncio.timeout(30):
            while (await seller(actor, "GET", "/v1/events/lag")).json()["broker"]["behind"]:
                try:
                    await relay.round()
                except BrokerUnavailable:
                    await asyncio.sleep(0.05)
        assert (await seller(actor, "GET", "/v1/events/lag")).json()["broker"]["error"] is None
        await heard.until(lambda seen: len({one.id for one in seen}) == 8)
    versions = [one.extensions["streamversion"] for one in heard.messages if one.subject == "o-0"]
    assert list(dict.fromkeys(versions)) == [1, 2]


@nats
async def test_what_the_broker_never_takes_is_left_out_and_counted(
    place: Place, seller: House, actor: Actor
) -> None:
    relay, heard = relay_of(seller, place.open()), Heard()
    await relay.round()
    async with place.open().receive("shop", [*TYPES, NotePinned.type], heard):
        await place_orders(seller, actor, 1)
        async with seller.backend.database.transaction(actor) as uow:
            uow.publish(NotePinned(text="short"))
            uow.publish(NotePinned(text="x" * 2_000_000))
        await place_orders(seller, actor, 1)
        assert await relay.round() == 5
        await heard.until(lambda seen: len({one.id for one in seen}) == 5)
    lag = (await seller(actor, "GET", "/v1/events/lag")).json()["broker"]
    assert (lag["position"], lag["behind"], lag["refused"]) == (6, 0, 1)


@nats
async def test_only_chosen_types_leave(place: Place, seller: House, actor: Actor) -> None:
    relay, heard = relay_of(seller, place.open(), types=["shop.door_opened"]), Heard()
    await relay.round()
    async with place.open().receive("shop", TYPES, heard):
        await place_orders(seller, actor, 2)
        assert await relay.round() == 2
        await heard.count(2)
    assert {one.type for one in heard.messages} == {"shop.door_opened"}


@nats
async def test_what_happened_before_there_was_a_broker_stays(
    place: Place, seller: House, actor: Actor
) -> None:
    await place_orders(seller, actor, 2)
    relay = relay_of(seller, place.open())
    assert await relay.round() == 0
    await place_orders(seller, actor, 1)
    assert await relay.round() == 2


@nats
async def test_events_that_have_not_left_are_not_removed(
    place: Place, seller: House, actor: Actor, clock: ManualClock
) -> None:
    relay = relay_of(seller, place.open())
    await relay.round()
    await place_orders(seller, actor, 2)
    await settle(seller.backend)
    clock.move(timedelta(days=31))
    database = seller.backend.database
    assert await database.run(SYSTEM, lambda uow: prune(uow, days=30)) == 0
    assert await relay.round() == 4
    assert await database.run(SYSTEM, lambda uow: prune(uow, days=30)) == 4


@pytest.mark.parametrize("kind", some("rabbitmq", "nats"), indirect=True)
async def test_servers_exchange_events_by_themselves(
    place: Place, database_url: str, tmp_path: Path, actor: Actor, kind: str
) -> None:
    modules = [idempotency, jobs, events, counter, shop]

    def settings(name: str, url: str) -> Any:
        return load(
            modules,
            {
                "DATABASE_URL": url,
                "BROKER_URL": place.url,
                "BACKSTAY_APP_NAME": name,
                "BACKSTAY_APP_DATA_DIR": str(tmp_path / name),
                "BACKSTAY_EVENTS_BROKER_PREFIX": place.prefix,
                "BACKSTAY_EVENTS_BROKER_RECEIVES": "shop.order_placed",
            },
        )

    there = f"sqlite:///{tmp_path}/bank.db"
    await migrate(database_url, modules)
    await migrate(there, modules)
    async with (
        start(settings("shop", database_url), modules) as seller,
        start(settings("bank", there), modules) as bank,
        asyncio.timeout(40),
    ):
        for backend in (seller, bank):
            while not backend.part(Events).receiving:
                await backend.database.ping()
        async with seller.database.transaction(actor) as uow:
            uow.publish(OrderPlaced(order=f"o-{uuid4()}", amount=41))
        while await value(bank.reader(actor), "turnover") != 41:
            await bank.database.ping()
