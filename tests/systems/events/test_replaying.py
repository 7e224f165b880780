"""Handing events to a subscription again."""

from __future__ import annotations

from datetime import timedelta

from backstay.kernel.actor import Actor
from backstay.kernel.clock import ManualClock
from backstay.systems.events.service import upkeep
from backstay.systems.events.testing import settle
from backstay.systems.jobs import JobState
from tests.conftest import make_actor
from tests.house import House
from tests.systems.events.shop import DoorOpened, OrderPaid, OrderPlaced, value
from tests.systems.events.test_publishing import publish

URL = "/v1/event-subscriptions/shop.add_up/replays"


async def test_a_replay_repeats_the_effects_of_ones_own_events(house: House, actor: Actor) -> None:
    other = make_actor("bob")
    for number in (1, 10, 100):
        await publish(house, actor, OrderPlaced(order=f"o{number}", amount=number), OrderPaid(order="o1"))
    await publish(house, other, OrderPlaced(order="x", amount=1000))
    await settle(house.backend)
    started = await house(actor, "POST", URL, {"first": 3})
    assert started.status_code == 202
    assert started.json() == {
        "id": 1,
        "subscription": "shop.add_up",
        "state": "running",
        "first": 3,
        "last": 7,
        "position": 2,
        "events": 0,
        "created_at": started.json()["created_at"],
        "created_by": str(actor.id),
    }
    assert await settle(house.backend) == {JobState.COMPLETED: 2}
    assert await value(house.backend.reader(actor), "turnover") == 111 + 110
    assert await value(house.backend.reader(actor), "OrderPaid") == 3
    assert await value(house.backend.reader(other), "turnover") == 1000
    done = (await house(actor, "GET", "/v1/event-replays/1")).json()
    assert (done["state"], done["position"], done["events"]) == ("done", 7, 2)
    assert (await house(other, "GET", "/v1/event-replays/1")).status_code == 404
    assert (await house(other, "GET", "/v1/event-replays")).json()["items"] == []
    assert [one["id"] for one in (await house(actor, "GET", "/v1/event-replays")).json()["items"]] == [1]


async def test_a_replay_ends_where_it_is_told_and_can_be_done_twice(house: House, actor: Actor) -> None:
    for number in (1, 10, 100):
        await publish(house, actor, OrderPlaced(order="o", amount=number))
    await settle(house.backend)
    for _ in range(2):
        assert (await house(actor, "POST", URL, {"first": 2, "last": 2})).status_code == 202
        assert await settle(house.backend) == {JobState.COMPLETED: 1}
    assert await value(house.backend.reader(actor), "turnover") == 111 + 10 + 10


async def test_a_cancelled_replay_hands_nothing_over(house: House, actor: Actor) -> None:
    await publish(house, actor, OrderPlaced(order="o", amount=1))
    await settle(house.backend)
    await house(actor, "POST", URL, {"first": 1})
    cancelled = await house(actor, "POST", "/v1/event-replays/1/cancel")
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert await settle(house.backend) == {}
    again = await house(actor, "POST", "/v1/event-replays/1/cancel")
    assert (again.status_code, again.json()["state"]) == (200, "cancelled")
    assert (await house(actor, "POST", "/v1/event-replays/2/cancel")).json()["code"] == "replay_not_found"


async def test_what_cannot_be_replayed_is_refused_in_words(
    house: House, actor: Actor, clock: ManualClock
) -> None:
    unknown = await house(actor, "POST", "/v1/event-subscriptions/shop.nobody/replays", {"first": 1})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "subscription_not_found")
    await publish(house, actor, OrderPlaced(order="o", amount=1), DoorOpened(), DoorOpened())
    await settle(house.backend)
    backwards = await house(actor, "POST", URL, {"first": 3, "last": 1})
    assert (backwards.status_code, backwards.json()["errors"][0]["pointer"]) == (422, "/last")
    both = await house(actor, "POST", URL, {"first": 0, "lst": 1})
    assert {error["pointer"] for error in both.json()["errors"]} == {"/first", "/lst"}
    clock.move(timedelta(days=31))
    await publish(house, actor, DoorOpened())
    await settle(house.backend)
    async with house.backend.database.transaction(actor) as uow:
        assert await upkeep.prune(uow, days=30) == 3
    gone = await house(actor, "POST", URL, {"first": 1})
    assert (gone.status_code, gone.json()["code"], gone.json()["first"]) == (410, "position_gone", 4)
