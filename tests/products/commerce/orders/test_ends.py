"""How orders end without being sent, and what becomes of money that comes afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from backstay.products.commerce.orders.service import expire_all
from tests.products.commerce.orders.conftest import SHOP, Market

FOUR_DAYS = timedelta(days=4)


async def expire(market: Market) -> int:
    """What the schedule does every half a minute."""
    return await expire_all(market.house.backend.database, batch=1)


async def claims(market: Market, coupon: str) -> int:
    found = await market.manage("GET", f"/coupons/{coupon}")
    return int(found["used"])


async def coupon(market: Market) -> str:
    """A tenth off, once in all."""
    terms = {"name": "Tenth", "off": {"kind": "percent", "ppm": 100_000}, "limit": 1}
    made: dict[str, Any] = await market.manage("POST", "/coupons", terms)
    await market.manage("POST", f"/coupons/{made['id']}/codes", {"code": "TENTH"})
    return str(made["id"])


async def test_an_order_that_nobody_pays_gives_everything_back_and_late_money_buys_it_again(
    market: Market,
) -> None:
    tenth = await coupon(market)
    path, token, seen = await market.fill(mug=2, codes=("TENTH",))
    made = (await market.check_out(path, token, seen)).json()
    order_id = made["order"]["id"]
    await market.work()
    assert (made["order"]["total"], await market.stock("mug"), await claims(market, tenth)) == (
        2290,
        (10, 2),
        1,
    )

    assert await expire(market) == 0
    # The provider takes the money in time, and tells of it only after the end.
    await market.choose(await market.page_of(made), "pay")
    market.clock.move(FOUR_DAYS)
    assert (await expire(market), await expire(market)) == (1, 0)
    ended = await market.read(order_id)
    assert (ended["status"], ended["money"]) == ("expired", "unpaid")
    assert (await market.stock("mug"), await claims(market, tenth)) == ((10, 0), 0)
    before = await market.manage("GET", f"/orders/{order_id}/as-of?at={ended['placed_at']}")
    assert before == made["order"]

    await market.work()
    again = await market.read(order_id)
    assert (again["status"], again["money"], again["coupons"]) == ("paid", "paid", ended["coupons"])
    assert (await market.stock("mug"), await claims(market, tenth)) == ((10, 2), 1)
    assert again["hold_id"] != ended["hold_id"]
    assert await market.facts(order_id) == ["placed", "payment_asked", "expired", "reinstated"]
    await market.manage("POST", f"/orders/{order_id}/fulfilments", {}, if_match=f'"{again["version"]}"')
    assert await market.stock("mug") == (8, 0)
    await market.sound()


async def test_late_money_goes_back_once_when_the_goods_are_gone(market: Market) -> None:
    order = await market.buy(pay=False, mug=6)
    await market.choose(await market.page_of({"order": order, "token": order["token"]}), "pay")
    market.clock.move(FOUR_DAYS)
    assert await expire(market) == 1
    other = (await market.check_out(*await market.fill(mug=5))).json()
    await market.work()
    await market.pay(other)
    ended = await market.read(order["id"])
    assert (ended["status"], ended["money"], ended["paid"], ended["refunded"]) == (
        "expired",
        "refunded",
        6490,
        6490,
    )
    assert await market.facts(order["id"]) == [
        "placed",
        "payment_asked",
        "expired",
        "late_money_taken",
        "refund_begun",
        "refund_succeeded",
    ]
    assert await market.stock("mug") == (10, 5)
    shown = await market.own(order["id"], order["token"])
    (late,) = [one["fact"] for one in shown["timeline"] if one["fact"]["type"] == "late_money_taken"]
    assert (late["amount"], late["why"]) == (6490, "There is not enough in stock")
    await market.sound()


async def test_a_paid_order_that_is_canceled_gives_back_goods_coupon_and_money(market: Market) -> None:
    tenth = await coupon(market)
    order = await market.buy(mug=1, codes=("TENTH",))
    path = f"/orders/{order['id']}"
    call_off = {"reason": "Changed their mind"}
    assert await market.refused(f"{path}/cancel", call_off, if_match='"1"') == (412, "stale_order")
    tag = f'"{order["version"]}"'
    ended = await market.manage("POST", f"{path}/cancel", call_off, if_match=tag)
    assert (ended["status"], ended["money"], ended["refunding"]) == ("canceled", "refunded", order["total"])
    assert (await market.stock("mug"), await claims(market, tenth)) == ((10, 0), 0)
    tag = f'"{ended["version"]}"'
    assert await market.refused(f"{path}/cancel", call_off, if_match=tag) == (409, "order_state")
    assert await market.refused(f"{path}/fulfilments", {}, if_match=tag) == (409, "order_state")
    await market.work()
    await market.sound()

    pending = await market.buy(pay=False, mug=1)
    own = f"/v1/store/{SHOP}/orders/{pending['id']}/cancel"
    assert (await market.send("POST", own, call_off)).status_code == 404
    mine = await market.ask("POST", own, call_off, x_order_token=pending["token"])
    assert (mine["order"]["status"], mine["payment_url"]) == ("canceled", None)
    assert await market.stock("mug") == (10, 0)


async def test_money_that_others_ask_for_in_an_orders_name_is_none_of_its_business(market: Market) -> None:
    order = await market.buy(pay=False, mug=1)
    for subject in ("nonsense", str(uuid4()), order["id"]):
        wanted = {
            "subject_kind": "order",
            "subject_id": subject,
            "amount": order["total"],
            "currency": "EUR",
            "description": "A mug, says somebody",
            "return_url": "https://shop.example/thanks",
            "expires_at": (market.clock.now() + FOUR_DAYS).isoformat(),
        }
        made = await market.ask("POST", "/v1/payments", wanted, who=market.merchant)
        await market.work()
        story = await market.ask("GET", f"/v1/payments/{made['id']}", who=market.merchant)
        url = story["payment"]["session_url"]
        for choice in ("decline", "pay"):
            await market.choose(url[url.index("/v1/") :], choice)
            await market.work()
    assert (await market.ask("GET", "/v1/jobs?state=dead", who=market.merchant))["items"] == []
    assert (await market.ask("GET", "/v1/jobs?state=failed", who=market.merchant))["items"] == []
    assert await market.facts(order["id"]) == ["placed", "payment_asked"]
    assert (await market.read(order["id"]))["status"] == "pending"
