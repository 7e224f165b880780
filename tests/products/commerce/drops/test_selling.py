"""What merchants do with drops, and what the checkout says to whoever has no turn; on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.conftest import make_actor
from tests.products.commerce.drops.conftest import Rush
from tests.products.commerce.orders.conftest import SHOP

ADA, EVE = make_actor("ada"), make_actor("eve")


def refused(answer: tuple[int, Any]) -> tuple[int, str, list[tuple[str, str]]]:
    status, said = answer
    return status, said["code"], [(one["variant_id"], one["drop_id"]) for one in said.get("refused", ())]


async def test_gated_goods_are_bought_in_turn_and_a_place_buys_once(rush: Rush) -> None:
    drop = await rush.drop("mug")
    stranger = await rush.drop("tea", opens_in=-1)
    no = (403, "not_your_turn", [(rush.variants["mug"], drop["id"])])
    assert refused(await rush.order(mug=1)) == no
    first, second = await rush.join(drop), await rush.join(drop)
    assert refused(await rush.order(first["token"], mug=1)) == no
    rush.clock.move(timedelta(seconds=60))
    assert await rush.upkeep() == 1
    one, other = (first, second) if (await rush.look(first))["state"] == "admitted" else (second, first)
    assert refused(await rush.order(mug=1)) == no
    assert refused(await rush.order("nonsense", mug=1)) == no
    assert refused(await rush.order(other["token"], mug=1)) == no
    elsewhere = await rush.join(stranger)
    assert elsewhere["place"]["state"] == "admitted"
    assert refused(await rush.order(elsewhere["token"], mug=1)) == no
    both = await rush.order(one["token"], mug=1, tea=1)
    assert refused(both) == (403, "not_your_turn", [(rush.variants["tea"], stranger["id"])])
    # What was refused for another reason used nothing up.
    assert refused(await rush.order(one["token"], mug=11)) == (409, "insufficient_stock", [])
    assert await rush.stock("mug") == (10, 0)
    assert (await rush.look(one))["state"] == "admitted"

    status, made = await rush.order(one["token"], mug=2)
    assert status == 201
    assert await rush.stock("mug") == (10, 2)
    bought = await rush.look(one)
    assert (bought["state"], bought["until"]) == ("bought", None)
    assert refused(await rush.order(one["token"], mug=1)) == no
    # Their slot is free at once.
    assert (await rush.look(other))["state"] == "admitted"
    assert await rush.counts(drop) == (0, 1, 1, 0)
    listed = (await rush.manage("GET", f"/drops/{drop['id']}/places?source_id={made['order']['cart_id']}"))[
        "items"
    ]
    assert [one["state"] for one in listed] == ["bought"]

    rush.clock.move(timedelta(seconds=60))
    assert refused(await rush.order(other["token"], mug=1)) == no
    assert (await rush.order(tea=1))[0] == 403
    await rush.sound()


async def test_a_checkout_sent_again_is_the_same_order(rush: Rush) -> None:
    drop = await rush.drop(opens_in=-1)
    place = (await rush.join(drop))["token"]
    path, token, seen = await rush.fill(mug=1)
    made = await rush.check_out(path, token, seen, place=place)
    again = await rush.check_out(path, token, seen, place=place)
    assert (made.status_code, again.status_code) == (201, 201)
    assert made.json()["order"]["id"] == again.json()["order"]["id"]


async def test_an_accounts_place_buys_for_that_account(rush: Rush) -> None:
    drop = await rush.drop(opens_in=-1, at_once=2)
    ada = await rush.join(drop, ADA)
    assert (await rush.order(ada["token"], EVE, mug=1))[0] == 403
    assert (await rush.order(ada["token"], mug=1))[0] == 403
    assert (await rush.order(ada["token"], ADA, mug=1))[0] == 201
    assert (await rush.join(drop, ADA))["place"]["state"] == "bought"


async def test_ordinary_goods_ask_drops_nothing(rush: Rush) -> None:
    await rush.drop("tea")
    path, token, seen = await rush.fill(mug=1)
    rush.house.records.clear()
    assert (await rush.check_out(path, token, seen)).status_code == 201
    (record,) = rush.house.records
    asked = [one.name for one in record.moments if one.kind == "statement"]
    assert [name for name in asked if name.startswith("drops.")] == []


async def test_closing_gives_everything_back(rush: Rush) -> None:
    drop = await rush.drop("mug", "tea", opens_in=-1)
    waiting = [await rush.join(drop) for _ in range(2)][1]
    offers = await rush.manage("GET", f"/drops/{drop['id']}")
    assert offers["state"] == "open"
    closed = await rush.manage("POST", f"/drops/{drop['id']}/close")
    again = await rush.manage("POST", f"/drops/{drop['id']}/close")
    assert (closed["state"], closed["closes_at"], again) == (
        "closed",
        rush.at(0).replace("+00:00", "Z"),
        closed,
    )
    assert (await rush.look(waiting))["state"] == "closed"
    assert (await rush.order(mug=1, tea=1))[0] == 201
    assert sorted(await rush.told(drop["id"])) == ["drops.drop_closed", "drops.drop_created"]
    # The same goods may be in another drop now.
    assert (await rush.drop("mug"))["state"] == "upcoming"
    assert (await rush.order(mug=1))[0] == 403


async def test_a_drop_whose_time_is_over_gates_nothing_swept_or_not(rush: Rush) -> None:
    drop = await rush.drop("mug", "tea", opens_in=-1, closes_at=rush.at(30))
    rush.clock.move(timedelta(seconds=30))
    assert (await rush.order(mug=1))[0] == 201
    # Its goods are free for another one, which takes them over.
    second = await rush.drop("mug")
    assert (await rush.order(mug=1))[0] == 403
    assert (await rush.order(tea=1))[0] == 201
    assert await rush.upkeep() == 0
    assert (await rush.order(mug=1))[0] == 403
    assert (await rush.manage("GET", f"/drops/{drop['id']}"))["version"] == 1
    third = await rush.drop("tea", opens_in=-1, closes_at=rush.at(30))
    rush.clock.move(timedelta(seconds=30))
    assert await rush.upkeep() == 0
    assert (await rush.order(tea=1))[0] == 201
    states = [one["state"] for one in (await rush.manage("GET", "/drops"))["items"]]
    assert (states, third["state"], second["state"]) == (["closed", "upcoming", "closed"], "open", "upcoming")


async def test_terms_change_before_it_opens_and_not_after(rush: Rush) -> None:
    drop = await rush.drop("mug")
    path = f"/drops/{drop['id']}"
    await rush.join(drop)
    await rush.join(drop)
    changes = {"name": "Tea time", "variants": [rush.variants["tea"]], "at_once": 2, "opens_at": rush.at(90)}
    changed = await rush.manage("PATCH", path, changes, if_match='"1"')
    assert (changed["name"], changed["version"], changed["waiting"], changed["at_once"]) == (
        "Tea time",
        2,
        2,
        2,
    )
    assert ((await rush.order(mug=1))[0], (await rush.order(tea=1))[0]) == (201, 403)
    whole = f"/v1/shops/{SHOP}{path}"

    async def answered(method: str, json: Any = None, **headers: str) -> tuple[int, str]:
        answer = await rush.send(method, whole, json, who=rush.merchant, **headers)
        return answer.status_code, answer.json()["code"]

    assert await answered("PATCH", {"name": "x"}, if_match='"1"') == (412, "stale_drop")
    assert await answered("PATCH", {"closes_at": rush.at(60)}, if_match='"2"') == (422, "invalid")
    assert await answered("DELETE", if_match='"1"') == (412, "stale_drop")
    rush.clock.move(timedelta(seconds=90))
    assert await answered("PATCH", {"name": "x"}, if_match='"2"') == (409, "drop_begun")
    assert await answered("DELETE", if_match='"2"') == (409, "drop_begun")
    assert await rush.upkeep() == 2

    never = await rush.drop("mug")
    await rush.join(never)
    await rush.manage("DELETE", f"/drops/{never['id']}", if_match='"1"')
    assert (await rush.order(mug=1))[0] == 201
    assert sorted(await rush.told(never["id"])) == ["drops.drop_created", "drops.drop_removed"]
    assert sorted(await rush.told(drop["id"])) == ["drops.drop_changed", "drops.drop_created"]


async def test_a_drop_is_of_the_shops_own_goods_and_one_drops_alone(rush: Rush) -> None:
    await rush.drop("mug")
    mug, tea = rush.variants["mug"], rush.variants["tea"]
    unknown = "01983a52-7c3e-7b1a-9f0e-3d9f5a6b7c09"
    await rush.ask(
        "POST",
        "/v1/shops",
        {"slug": "south", "name": "South", "currency": "EUR", "country": "DE"},
        who=rush.merchant,
    )
    body: dict[str, Any] = {
        "name": "x",
        "variants": [tea],
        "opens_at": rush.at(60),
        "at_once": 1,
    }

    async def answered(shop: str = SHOP, **terms: Any) -> tuple[int, str, list[str]]:
        answer = await rush.send("POST", f"/v1/shops/{shop}/drops", {**body, **terms}, who=rush.merchant)
        said = answer.json()
        return answer.status_code, said["code"], [one["pointer"] for one in said.get("errors", ())]

    assert await answered(variants=[tea, mug]) == (409, "variant_in_drop", [])
    assert await answered(variants=[tea, unknown]) == (422, "invalid", ["/variants/1"])
    assert await answered("south") == (422, "invalid", ["/variants/0"])
    assert await answered(variants=[tea, tea]) == (422, "invalid", ["/variants"])
    assert await answered(variants=[]) == (422, "invalid", ["/variants"])
    assert await answered(seconds=59) == (422, "invalid", ["/seconds"])
    assert await answered(at_once=0) == (422, "invalid", ["/at_once"])
    assert await answered(closes_at=rush.at(60)) == (422, "invalid", ["/closes_at"])
    # None of them gated anything.
    assert (await rush.order(tea=1))[0] == 201
    assert len((await rush.manage("GET", "/drops"))["items"]) == 1
    stranger = await rush.send("GET", f"/v1/shops/{SHOP}/drops", who=EVE)
    assert (stranger.status_code, stranger.json()["code"]) == (404, "shop_not_found")
