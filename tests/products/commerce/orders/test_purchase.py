"""A whole purchase, over HTTP alone: what is answered, what is kept, what moves."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from backstay.kernel.clock import ManualClock
from tests.products.commerce.orders.conftest import SHOP, Market


async def test_an_order_is_bought_paid_sent_returned_and_refunded(market: Market) -> None:
    order = await market.buy(mug=2, tea=1)
    assert {name: order[name] for name in ("status", "money", "subtotal", "total", "paid", "currency")} == {
        "status": "paid",
        "money": "paid",
        "subtotal": 2399,
        "total": 2889,
        "paid": 2889,
        "currency": "EUR",
    }
    assert order["total"] == sum(one["priced"]["total"] for one in order["lines"]) + 490
    assert await market.facts(order["id"]) == ["placed", "payment_asked", "payment_received"]
    assert (await market.stock("mug"), await market.stock("tea")) == ((10, 2), (10, 1))

    path = f"/orders/{order['id']}"
    parcel = {"lines": [{"line_id": "1", "quantity": 1}], "carrier": "DHL", "tracking_number": "JJD1"}
    order = await market.manage("POST", f"{path}/fulfilments", parcel, if_match=f'"{order["version"]}"')
    assert (order["status"], await market.stock("mug")) == ("partly_fulfilled", (9, 1))
    order = await market.manage("POST", f"{path}/fulfilments", {}, if_match=f'"{order["version"]}"')
    assert (order["status"], await market.stock("mug"), await market.stock("tea")) == (
        "fulfilled",
        (8, 0),
        (9, 0),
    )
    for one in order["fulfilments"]:
        order = await market.manage("POST", f"{path}/fulfilments/{one['id']}/delivered")
    assert order["status"] == "completed"

    back = {"lines": [{"line_id": "1", "quantity": 2}], "restock": [{"line_id": "1", "quantity": 1}]}
    order = await market.manage(
        "POST", f"{path}/returns", {**back, "reason": "One broke"}, if_match=f'"{order["version"]}"'
    )
    # Goods came back, and no money moved; one of the two can be sold again.
    assert (order["money"], await market.stock("mug")) == ("paid", (9, 0))
    refund = {"lines": [{"line_id": "1", "quantity": 2}], "shipping": 490, "reason": "One broke"}
    order = await market.manage("POST", f"{path}/refunds", refund)
    assert (order["money"], order["refunding"], order["refunded"]) == ("partly_refunded", 2490, 0)
    await market.work()
    order = await market.read(order["id"])
    assert (order["refunding"], order["refunded"], order["refunds"][0]["state"]) == (0, 2490, "succeeded")
    more = {"lines": [{"line_id": "1", "quantity": 1}], "reason": "Again"}
    assert await market.refused(f"{path}/refunds", more) == (409, "quantity_too_large")
    over = {"extra": 400, "reason": "More than is there"}
    assert await market.refused(f"{path}/refunds", over) == (409, "refund_too_large")
    rest = await market.manage("POST", f"{path}/refunds", {"extra": 399, "reason": "The rest"})
    assert (rest["money"], rest["refunding"]) == ("refunded", 399)
    await market.work()
    await market.sound()
    assert sorted(await market.trail(order["id"])) == [
        "orders.goods_returned",
        *["orders.parcel_delivered"] * 2,
        *["orders.parcel_sent"] * 2,
        *["orders.refund_begun"] * 2,
    ]


@pytest.mark.payments("mock://?at_once=1")
async def test_where_the_till_is_in_the_house_an_order_is_placed_paid(market: Market) -> None:
    path, token, seen = await market.fill(mug=2)
    made = (await market.check_out(path, token, seen)).json()
    order = made["order"]
    assert (order["status"], order["paid"], made["payment_url"]) == ("paid", order["total"], None)
    facts = ["placed", "payment_asked", "payment_received"]
    assert await market.facts(order["id"]) == facts
    # The payment's own event finds nothing left to do.
    await market.work()
    assert await market.facts(order["id"]) == facts
    assert (await market.read(order["id"]))["version"] == order["version"] == 3
    await market.sound()


async def test_an_order_takes_over_what_its_cart_held(market: Market, clock: ManualClock) -> None:
    shop = await market.manage("GET", "")
    await market.manage("PATCH", "", {"cart_hold": 600}, if_match=f'"{shop["version"]}"')
    path, token, seen = await market.fill(mug=9)
    assert await market.stock("mug") == (10, 9)
    line = {"lines": [{"variant_id": market.variants["mug"], "quantity": 2}]}
    late = await market.send("POST", f"/v1/store/{SHOP}/carts", line)
    assert (late.status_code, late.json()["code"]) == (409, "insufficient_stock")
    made = await market.check_out(path, token, seen)
    assert made.status_code == 201
    assert await market.stock("mug") == (10, 9)
    clock.move(timedelta(hours=1))
    late = await market.send("POST", f"/v1/store/{SHOP}/carts", line)
    assert (late.status_code, late.json()["code"]) == (409, "insufficient_stock")
    await market.sound()


async def test_one_cart_is_one_order_however_often_it_is_completed(market: Market) -> None:
    path, token, seen = await market.fill(mug=1)
    answers = await asyncio.gather(*(market.check_out(path, token, seen) for _ in range(3)))
    assert [one.status_code for one in answers] == [201, 201, 201]
    assert len({(one.json()["order"]["id"], one.json()["token"]) for one in answers}) == 1
    again = [await market.check_out(path, token, seen, key="k") for _ in range(2)]
    assert again[0].content == again[1].content
    assert [one.headers.get("idempotent-replayed") for one in again] == [None, "true"]
    listed = await market.manage("GET", "/orders?q=MUG&status=pending")
    assert [one["id"] for one in listed["items"]] == [answers[0].json()["order"]["id"]]
    assert await market.stock("mug") == (10, 1)
    body = {"cart_version": 1, "expected_total": 1, "return_url": "https://shop.example"}
    unproven = await market.send("POST", f"{path}/checkout", body)
    assert (unproven.status_code, unproven.json()["code"]) == (401, "unauthenticated")
    stranger = await market.check_out(path, "somebody's", seen)
    assert (stranger.status_code, stranger.json()["code"]) == (404, "cart_not_found")
    order_id = answers[0].json()["order"]["id"]
    for guess in ("guessed", answers[0].json()["token"][:-1]):
        hidden = await market.send("GET", f"/v1/store/{SHOP}/orders/{order_id}", x_order_token=guess)
        assert hidden.status_code == 404
    assert (await market.send("GET", f"/v1/store/{SHOP}/orders/{order_id}")).status_code == 404


async def test_shipping_is_free_from_a_sum_after_discounts_as_in_the_cart(market: Market) -> None:
    method = f"/shipping/{market.shipping}"
    await market.manage("PUT", method, {"name": "Post", "amount": 490, "currency": "EUR", "free_from": 2000})
    coupon = {"name": "Tenth", "off": {"kind": "percent", "ppm": 100_000}}
    made = await market.manage("POST", "/coupons", coupon)
    await market.manage("POST", f"/coupons/{made['id']}/codes", {"code": "TENTH"})
    for codes, total in (((), 2000), (("TENTH",), 1800 + 490)):
        path, token, seen = await market.fill(mug=2, codes=codes)
        answer = await market.check_out(path, token, seen)
        assert (answer.status_code, seen["totals"]["total"]) == (201, total), answer.text
        assert answer.json()["order"]["total"] == total


async def test_a_cart_that_changed_is_told_line_by_line(market: Market) -> None:
    path, token, seen = await market.fill(mug=1, tea=1)
    wrong = await market.check_out(path, token, seen, expected_total=1)
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["total"]) == (409, "cart_changed", 1889)
    lines = {"lines": [{"variant_id": market.variants["mug"], "quantity": 3}]}
    await market.ask("PUT", f"{path}/lines", lines, x_cart_token=token)
    stale = await market.check_out(path, token, seen)
    (line,) = stale.json()["lines"]
    assert (stale.status_code, line["quantity_before"], line["quantity"]) == (409, 1, 3)
    assert await market.stock("mug") == (10, 0)
