"""Projections: following the log, and being built anew beside themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from backstay.kernel.actor import SYSTEM, Actor
from backstay.kernel.clock import ManualClock
from backstay.kernel.database import UnitOfWork
from backstay.systems.events import active_generation
from backstay.systems.events.queries import readers
from backstay.systems.events.service import upkeep
from backstay.systems.events.service.part import Events
from backstay.systems.events.service.projecting import Projector
from backstay.systems.events.testing import dispatch, project
from tests.conftest import make_actor
from tests.house import House
from tests.systems.events.shop import FORGOTTEN, SALES, Broken, OrderPlaced, Temper, value
from tests.systems.events.test_publishing import publish

URL = "/v1/event-projections"


async def place(house: House, actor: Actor, *amounts: int) -> None:
    await publish(house, actor, *(OrderPlaced(order=f"o{amount}", amount=amount) for amount in amounts))
    await dispatch(house.backend)


async def shown(house: House, actor: Actor) -> list[tuple[int, str, int, int, str | None]]:
    found = (await house(actor, "GET", URL)).json()
    return [(one["generation"], one["state"], one["position"], one["behind"], one["error"]) for one in found]


async def test_rows_follow_from_the_log_in_every_organization(house: House, actor: Actor) -> None:
    other = make_actor("bob")
    reader = house.backend.reader(actor)
    assert await active_generation(reader, SALES) == 0
    await place(house, actor, 1, 2)
    await place(house, other, 40)
    await project(house.backend)
    assert await active_generation(reader, SALES) == 1
    assert [await value(house.backend.reader(who), "sales-1") for who in (actor, other)] == [3, 40]
    await place(house, actor, 4)
    assert await shown(house, actor) == [(1, "active", 3, 1, None)]
    await project(house.backend)
    assert await value(reader, "sales-1") == 7
    assert await shown(house, actor) == [(1, "active", 4, 0, None)]


async def test_a_rebuild_is_seen_only_when_it_has_caught_up(house: House, actor: Actor) -> None:
    await place(house, actor, 1, 2)
    await project(house.backend)
    reader = house.backend.reader(actor)
    for _ in range(2):  # asked twice, one is built
        answer = await house(actor, "POST", f"{URL}/shop.sales/rebuild")
        assert (answer.status_code, answer.json()) == (202, {"name": "shop.sales", "generation": 2})
    assert await active_generation(reader, SALES) == 1
    assert await shown(house, actor) == [(1, "active", 2, 0, None), (2, "building", 0, 2, None)]
    await place(house, actor, 4)
    await project(house.backend)
    assert await active_generation(reader, SALES) == 2
    assert [await value(reader, f"sales-{n}") for n in (1, 2)] == [7, 7]
    assert FORGOTTEN == [1]
    assert await shown(house, actor) == [(2, "active", 3, 0, None)]
    assert (await house(actor, "POST", f"{URL}/shop.none/rebuild")).json()["code"] == "projection_not_found"


async def test_a_raised_version_builds_anew_and_an_older_process_leaves_it_alone(
    house: House, actor: Actor
) -> None:
    await place(house, actor, 1, 2)
    await project(house.backend)
    events = house.backend.part(Events)
    projector = Projector(house.backend.database, events)
    newer = replace(SALES, version=2)
    while await projector.round(newer):
        pass
    assert await shown(house, actor) == [(2, "active", 2, 0, None)]
    await place(house, actor, 4)
    assert await projector.round(SALES) is False
    assert await shown(house, actor) == [(2, "active", 2, 1, None)]


async def test_what_an_event_breaks_is_told_and_mended_by_trying_again(house: House, actor: Actor) -> None:
    await place(house, actor, 1)
    await project(house.backend)
    Temper.stumbles.add("o2")
    await place(house, actor, 4, 2, 8)
    with pytest.raises(Broken):
        await project(house.backend)
    assert await shown(house, actor) == [(1, "active", 1, 3, "Broken: o2")]
    assert await value(house.backend.reader(actor), "sales-1") == 1  # the batch left nothing behind
    Temper.stumbles.clear()
    await project(house.backend)
    assert await shown(house, actor) == [(1, "active", 4, 0, None)]
    assert await value(house.backend.reader(actor), "sales-1") == 15


async def test_events_stay_until_every_projection_is_past_them(
    house: House, actor: Actor, clock: ManualClock
) -> None:
    await place(house, actor, 1)
    await project(house.backend)
    await place(house, actor, 2)
    clock.move(timedelta(days=31))

    async def prune(uow: UnitOfWork) -> int:
        return await upkeep.prune(uow, days=30)

    assert await house.backend.database.run(SYSTEM, prune) == 1
    await project(house.backend)
    assert await house.backend.database.run(SYSTEM, prune) == 1
    assert await house.backend.reader(SYSTEM).first(readers.SLOWEST) == 2
