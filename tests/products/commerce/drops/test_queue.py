"""Places: drawn or in order, let in, lapsed, given up, whosever they are; on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from backstay.kernel.actor import SYSTEM
from backstay.products.commerce.drops.service import PERSONAL, queueing
from backstay.products.commerce.shops import enter
from tests.conftest import make_actor
from tests.products.commerce.drops.conftest import STORE, Rush
from tests.products.commerce.orders.conftest import SHOP

ADA, EVE = make_actor("ada"), make_actor("eve")


async def test_who_came_before_is_drawn_and_who_comes_later_is_behind(rush: Rush) -> None:
    drop = await rush.drop(at_once=2)
    early = [await rush.join(drop) for _ in range(5)]
    # Nobody learns how they were drawn while they could still try again.
    assert {(one["place"]["state"], one["place"]["ahead"]) for one in early} == {("waiting", None)}
    assert await rush.upkeep() == 0
    seen = await rush.ask("GET", f"{STORE}/{drop['id']}")
    assert (seen["state"], seen["waiting"], "at_once" in seen) == ("upcoming", 5, False)

    rush.clock.move(timedelta(seconds=60))
    late = [await rush.join(drop) for _ in range(2)]
    listed = (await rush.manage("GET", f"/drops/{drop['id']}/places"))["items"]
    order = [one["id"] for one in listed]
    assert set(order[:5]) == {one["place"]["id"] for one in early}
    assert order[5:] == [one["place"]["id"] for one in late]
    assert [one["state"] for one in listed] == ["admitted"] * 2 + ["waiting"] * 5
    by_id = {one["place"]["id"]: one for one in [*early, *late]}
    ahead = [(await rush.look(by_id[id_]))["ahead"] for id_ in order]
    assert ahead == [None, None, 0, 1, 2, 3, 4]
    first = await rush.look(by_id[order[0]])
    assert (first["state"], first["until"]) == ("admitted", rush.at(60).replace("+00:00", "Z"))
    assert await rush.counts(drop) == (5, 2, 0, 0)


async def test_a_turn_lapses_read_or_swept_and_goes_to_the_next(rush: Rush) -> None:
    drop = await rush.drop(opens_in=-1)
    places = [await rush.join(drop) for _ in range(4)]
    assert await rush.states(*places) == ["admitted", "waiting", "waiting", "waiting"]
    rush.clock.move(timedelta(seconds=60))
    assert (await rush.look(places[0]))["state"] == "lapsed"
    assert await rush.counts(drop) == (3, 0, 0, 1)
    # Looking lets in whoever is next, and nobody behind them.
    assert await rush.states(places[3], places[1], places[2]) == ["waiting", "admitted", "waiting"]
    left = f"{STORE}/{drop['id']}/place"
    gone = await rush.ask("DELETE", left, x_drop_place=places[1]["token"])
    assert (gone["state"], gone["until"]) == ("left", None)
    assert await rush.upkeep() == 1
    assert await rush.upkeep() == 0
    assert await rush.states(*places) == ["lapsed", "left", "admitted", "waiting"]
    again = await rush.ask("DELETE", left, x_drop_place=places[0]["token"])
    assert again["state"] == "lapsed"


async def test_a_place_is_its_drops_its_accounts_and_its_tokens(rush: Rush) -> None:
    drop, other = await rush.drop(), await rush.drop("tea")
    ada, eve, guest = await rush.join(drop, ADA), await rush.join(drop, EVE), await rush.join(drop)
    again = await rush.join(drop, ADA)
    assert (again["token"], again["place"]["id"]) == (ada["token"], ada["place"]["id"])
    assert (await rush.join(drop))["place"]["id"] != guest["place"]["id"]
    assert (await rush.look(ada, ADA))["id"] == ada["place"]["id"]
    assert (await rush.look(guest, EVE))["id"] == guest["place"]["id"]

    where = f"{STORE}/{drop['id']}/place"
    flipped = ada["token"][:9] + ("A" if ada["token"][9] != "A" else "B") + ada["token"][10:]
    for path, token, who in (
        (where, ada["token"], None),
        (where, ada["token"], EVE),
        (where, flipped, ADA),
        (where, "x" * 200, None),
        (where, "!", None),
        (f"{STORE}/{other['id']}/place", guest["token"], None),
        (f"{STORE}/{uuid4()}/place", guest["token"], None),
    ):
        for method in ("GET", "DELETE"):
            answer = await rush.send(method, path, who=who, x_drop_place=token)
            assert (answer.status_code, answer.json()["code"]) == (404, "place_not_found")
    assert await rush.counts(drop) == (4, 0, 0, 0)
    without = await rush.send("GET", where)
    assert (without.status_code, [one["pointer"] for one in without.json()["errors"]]) == (
        422,
        ["@x-drop-place"],
    )
    missing = await rush.send("POST", f"{STORE}/{uuid4()}/places")
    assert (missing.status_code, missing.json()["code"]) == (404, "drop_not_found")

    database = rush.house.backend.database
    (kept,) = (await PERSONAL.export(database.reader(SYSTEM), ADA.id))["places"]
    assert (str(kept.drop_id), kept.state) == (drop["id"], "waiting")
    assert await database.run(SYSTEM, lambda uow: PERSONAL.erase(uow, ADA.id)) == 1
    assert (await PERSONAL.export(database.reader(SYSTEM), ADA.id))["places"] == []
    assert await rush.counts(drop) == (4, 0, 0, 0)
    assert (await rush.look(eve, EVE))["state"] == "waiting"


async def test_an_account_joins_again_behind_all_once_its_turn_is_over(rush: Rush) -> None:
    drop = await rush.drop(opens_in=-1)
    first = await rush.join(drop, ADA)
    waiting = await rush.join(drop)
    assert (await rush.join(drop, ADA))["token"] == first["token"]
    rush.clock.move(timedelta(seconds=61))
    second = await rush.join(drop, ADA)
    assert second["place"]["id"] != first["place"]["id"]
    assert (second["place"]["state"], second["place"]["ahead"]) == ("waiting", 0)
    assert await rush.states(waiting) == ["admitted"]


@pytest.mark.parametrize("joiners", [12])
async def test_many_who_look_at_once_are_let_in_by_their_number(rush: Rush, joiners: int) -> None:
    drop = await rush.drop(at_once=3)
    places = [await rush.join(drop) for _ in range(joiners)]
    rush.clock.move(timedelta(seconds=60))
    await asyncio.gather(*(rush.look(one) for one in places for _ in range(2)))
    assert await rush.counts(drop) == (joiners - 3, 3, 0, 0)
    listed = (await rush.manage("GET", f"/drops/{drop['id']}/places"))["items"]
    assert [one["state"] for one in listed] == ["admitted"] * 3 + ["waiting"] * (joiners - 3)


async def test_a_slow_clock_draws_nobody_once_somebody_was_let_in(rush: Rush) -> None:
    drop = await rush.drop(at_once=1)
    first, second = await rush.join(drop), await rush.join(drop)
    rush.clock.move(timedelta(seconds=60))
    assert sorted(await rush.states(first, second)) == ["admitted", "waiting"]
    rush.clock.move(timedelta(seconds=-30))
    late = await rush.join(drop)
    assert (late["place"]["state"], late["place"]["ahead"]) == ("waiting", 1)


async def test_a_closed_drop_takes_nobody(rush: Rush) -> None:
    drop = await rush.drop(opens_in=-1, closes_at=rush.at(30))
    admitted, waiting = await rush.join(drop), await rush.join(drop)
    rush.clock.move(timedelta(seconds=30))
    assert await rush.states(admitted, waiting) == ["closed", "closed"]
    refused = await rush.send("POST", f"{STORE}/{drop['id']}/places")
    assert (refused.status_code, refused.json()["code"]) == (409, "drop_closed")
    assert (await rush.ask("GET", f"{STORE}/{drop['id']}"))["state"] == "closed"
    database = rush.house.backend.database
    inside, shop = await enter(database.reader(make_actor("mia")), SHOP)
    assert (await queueing.see(inside, shop, UUID(drop["id"]))).waiting == 1
