"""What comes from other deployments, and from publishers that are none of ours."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import pytest
from msgspec.structs import replace as changed

from backstay.kernel.actor import Actor
from backstay.kernel.clock import ManualClock
from backstay.proving.proxy import TcpProxy
from backstay.systems.events.engines.broker import Message, NotNow
from backstay.systems.events.service.receiving import NotForUs
from backstay.systems.events.service.relaying import message_of
from tests.house import House
from tests.systems.events.brokers.conftest import some
from tests.systems.events.brokers.deployments import (
    deployment,
    log_of,
    place_orders,
    receiver_of,
    relay_of,
)
from tests.systems.events.brokers.heard import message
from tests.systems.events.brokers.servers import Place

nats = pytest.mark.parametrize("kind", some("nats"), indirect=True)


@nats
async def test_what_came_from_others_does_not_leave_again_and_what_left_does_not_come_back(
    place: Place, seller: House, bank: House, actor: Actor
) -> None:
    relay = relay_of(bank, place.open())
    await relay.round()
    await place_orders(seller, actor, 1)
    own, foreign = receiver_of(seller, place.open()), receiver_of(bank, place.open())
    for row in await log_of(seller):
        await own.take(message_of(row))
        await foreign.take(message_of(row))
        await foreign.take(message_of(row))
    assert len(await log_of(seller)) == 2
    assert len(await log_of(bank)) == 2
    assert await relay.round() == 0
    assert (await bank(actor, "GET", "/v1/events/lag")).json()["broker"]["position"] == 2


def foreign(**more: Any) -> Message:
    extensions = {"organizationid": str(UUID(int=7)), "streamversion": 1, **more.pop("extensions", {})}
    return changed(message(type_="shop.order_placed"), extensions=extensions, **more)


@nats
async def test_what_no_deployment_of_ours_wrote_is_kept_too(place: Place, bank: House) -> None:
    receiver = receiver_of(bank, place.open())
    await receiver.take(foreign(id="order 7", source="https://erp.example"))
    await receiver.take(foreign(id="order 7", source="https://erp.example"))
    await receiver.take(foreign(id="order 7", source="https://crm.example", key=None))
    # Its publisher began anew: the number is another event's.
    await receiver.take(foreign(id="order 8", source="https://erp.example"))
    await receiver.take(foreign(id="order 9", extensions={"streamversion": "x", "traceparent": "nonsense"}))
    rows = await log_of(bank)
    assert [(row.source, row.stream, row.version, row.received) for row in rows] == [
        ("https://erp.example", "@https://erp.example o-1", 1, True),
        ("https://crm.example", None, None, True),
        ("https://erp.example", "@https://erp.example o-1", None, True),
        ("/shop/orders", "@/shop/orders o-1", None, True),
    ]
    assert len({row.id for row in rows}) == 4
    assert {row.organization_id for row in rows} == {UUID(int=7)}
    assert {row.traceparent for row in rows} == {None}


@nats
@pytest.mark.parametrize("given", ["", "everybody", 7])
async def test_an_event_of_no_organization_is_not_kept(place: Place, bank: House, given: str | int) -> None:
    with pytest.raises(NotForUs):
        await receiver_of(bank, place.open()).take(foreign(extensions={"organizationid": given}))
    assert await log_of(bank) == []


@nats
@pytest.mark.parametrize(
    "engine_name", [pytest.param("postgresql", marks=pytest.mark.needs("postgres"))], indirect=True
)
async def test_while_the_database_is_away_events_wait_at_the_broker(
    place: Place, database_url: str, clock: ManualClock, tmp_path: Path
) -> None:
    parts = urlsplit(database_url)
    async with TcpProxy(parts.hostname or "127.0.0.1", parts.port or 5432, Random(1)) as proxy:
        account = parts.netloc.rpartition("@")[0]
        url = urlunsplit(parts._replace(netloc=f"{account}@127.0.0.1:{proxy.port}"))
        async with deployment("bank", url, clock, tmp_path, place) as bank:
            receiver = receiver_of(bank, place.open())
            proxy.cut_at(b"INSERT INTO events_log", deliver=False, times=None)
            with pytest.raises(NotNow):
                await receiver.take(foreign())
            proxy.heal()
            await receiver.take(foreign())
            assert len(await log_of(bank)) == 1
