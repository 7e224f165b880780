"""The log over HTTP, its tail, and its description."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import msgspec
import pytest

from backstay.kernel.actor import Actor
from backstay.products import counter
from backstay.systems.events.service import tail
from backstay.systems.events.service.part import Events
from backstay.systems.events.testing import dispatch, settle
from tests.conftest import make_actor
from tests.house import House
from tests.systems.events.shop import DoorOpened, OrderPaid, OrderPlaced
from tests.systems.events.test_publishing import publish


@pytest.fixture
async def some(house: House, actor: Actor) -> list[dict[str, Any]]:
    """A few events, and another organization's."""
    await publish(house, actor, OrderPlaced(order="a", amount=1), OrderPaid(order="a"), DoorOpened())
    await publish(house, make_actor("bob"), DoorOpened())
    await publish(house, actor, OrderPlaced(order="b", amount=2))
    await dispatch(house.backend)
    items: list[dict[str, Any]] = (await house(actor, "GET", "/v1/events")).json()["items"]
    return items


async def test_the_list_shows_ones_own_events_newest_first(
    house: House, actor: Actor, some: list[dict[str, Any]]
) -> None:
    assert [(one["position"], one["type"], one["subject"], one["version"]) for one in some] == [
        (5, "shop.order_placed", "b", 1),
        (3, "shop.door_opened", None, None),
        (2, "shop.order_paid", "a", 2),
        (1, "shop.order_placed", "a", 1),
    ]

    async def positions(query: str) -> list[int]:
        answer = await house(actor, "GET", f"/v1/events?{query}")
        assert answer.status_code == 200, answer.text
        return [one["position"] for one in answer.json()["items"]]

    assert await positions("type=shop.order_placed&sort=position") == [1, 5]
    assert await positions("subject=a") == [2, 1]
    assert await positions("since=2&before=5") == [3, 2]
    one = (await house(actor, "GET", f"/v1/events/{some[0]['id']}")).json()
    assert (one["data"], one["source"], one["organization_id"]) == (
        {"order": "b", "amount": 2},
        "/backstay/shop",
        str(actor.organization_id),
    )
    stranger = await house(make_actor("eve"), "GET", f"/v1/events/{some[0]['id']}")
    assert (stranger.status_code, stranger.json()["code"]) == (404, "event_not_found")


async def test_a_request_is_named_by_what_it_caused(house: House, actor: Actor) -> None:
    answer = await house(actor, "POST", "/v1/counters/visits/increment", {"by": 2})
    assert answer.status_code == 200
    await dispatch(house.backend)
    (event,) = (await house(actor, "GET", "/v1/events")).json()["items"]
    assert (event["type"], event["subject"]) == ("counter.moved", "visits")
    record = house.records[0]
    assert event["request_id"] == record.request_id
    moments = [(one.kind, one.name) for one in record.moments if one.kind == "event"]
    assert moments == [("event", "counter.moved")]
    whole = (await house(actor, "GET", f"/v1/events/{event['id']}")).json()
    assert whole["traceparent"].split("-")[1] == record.trace_id
    await settle(house.backend)
    assert len(await counter.activity(house.backend.reader(actor), actor.organization_id, "visits")) == 1


async def read(house: House, actor: Actor, count: int, **given: Any) -> list[tuple[str | None, str | None]]:
    found = []
    async with aclosing(tail.follow(house.backend, actor, **given)) as events:  # type: ignore[type-var]  # it is a generator
        async for event in events:
            found.append((event.name, event.id))
            if len(found) == count:
                break
    return found


@pytest.mark.usefixtures("some")
async def test_the_tail_goes_on_where_a_client_was(house: House, actor: Actor) -> None:
    assert await read(house, actor, 2, after=0) == [("shop.order_placed", "1"), ("shop.order_paid", "2")]
    assert await read(house, actor, 2, after=2) == [("shop.door_opened", "3"), ("shop.order_placed", "5")]
    assert await read(house, actor, 2, after=0, types=["shop.order_placed"]) == [
        ("shop.order_placed", "1"),
        ("shop.order_placed", "5"),
    ]
    # What comes while it waits is told at once.
    waiting = asyncio.create_task(read(house, actor, 1, after=5))
    await publish(house, make_actor("bob"), DoorOpened())
    await publish(house, actor, OrderPaid(order="b"))
    await dispatch(house.backend)
    house.backend.part(Events).wake()
    assert await waiting == [("shop.order_paid", "7")]


async def test_a_position_that_is_none_is_refused(house: House, actor: Actor) -> None:
    for wrong in ("x", "-1", "1.5", "9" * 40):
        answer = await house(actor, "GET", "/v1/events/stream", last_event_id=wrong)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "@last-event-id")


async def test_subscriptions_and_lag_tell_how_far_things_are(house: House, actor: Actor) -> None:
    await publish(house, actor, OrderPlaced(order="a", amount=1), DoorOpened())
    lag = (await house(actor, "GET", "/v1/events/lag")).json()
    assert lag == {
        "position": 0,
        "pending": 2,
        "oldest_pending": 0.0,
        "dispatcher": False,
        "broker": None,
    }
    await dispatch(house.backend)

    async def standing() -> dict[str, tuple[int, int]]:
        found = (await house(actor, "GET", "/v1/event-subscriptions")).json()
        return {one["name"]: (one["delivered"], one["behind"]) for one in found if one["module"] == "shop"}

    assert await standing() == {"shop.add_up": (0, 1), "events.watch": (0, 1), "events.tell": (None, None)}
    await settle(house.backend)
    assert await standing() == {"shop.add_up": (1, 0), "events.watch": (2, 0), "events.tell": (None, None)}
    lag = (await house(actor, "GET", "/v1/events/lag")).json()
    assert (lag["pending"], lag["oldest_pending"], lag["dispatcher"]) == (0, None, True)


async def test_types_tell_who_reads_them(house: House, actor: Actor) -> None:
    found = {one["type"]: one for one in (await house(actor, "GET", "/v1/events/types")).json()}
    assert sorted(found) == [
        "counter.moved",
        "counter.removed",
        "events.probed",
        "shop.door_opened",
        "shop.order_paid",
        "shop.order_placed",
    ]
    assert found["shop.order_placed"] == {
        "type": "shop.order_placed",
        "module": "shop",
        "summary": "Somebody ordered something.",
        "ordered": True,
        "subscriptions": ["shop.add_up"],
        "projections": ["shop.sales"],
    }
    assert found["shop.door_opened"]["ordered"] is False


async def test_probes_are_counted_in_their_order(house: House, actor: Actor) -> None:
    for count in (3, 2):
        made = await house(actor, "POST", "/v1/events/probes", {"name": "first", "count": count})
        assert (made.status_code, made.json()) == (201, {"name": "first", "count": count})
    await settle(house.backend)
    (probe,) = (await house(actor, "GET", "/v1/events/probes")).json()["items"]
    assert (probe["name"], probe["applied"], probe["disorders"], probe["last"]) == ("first", 5, 0, 5)


async def test_the_description_names_every_event_and_its_fields(house: House) -> None:
    document = (await house(None, "GET", "/docs/events.json")).json()
    assert document["asyncapi"] == "3.0.0"
    assert sorted(document["channels"]) == [
        "counter.moved",
        "counter.removed",
        "events.probed",
        "shop.door_opened",
        "shop.order_paid",
        "shop.order_placed",
    ]
    schema = document["components"]["schemas"]["shop.order_placed.event"]
    assert schema["properties"]["type"] == {"const": "shop.order_placed"}
    data = schema["properties"]["data"]["$ref"].rpartition("/")[2]
    assert document["components"]["schemas"][data]["required"] == ["order", "amount"]
    page = (await house(None, "GET", "/docs/events")).text
    assert '<section id="shop.order_placed">' in page
    assert "<td><code>amount</code></td><td>integer</td>" in page
    assert msgspec.json.decode(msgspec.json.encode(document)) == document
