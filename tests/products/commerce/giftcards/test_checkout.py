"""Gift cards that pay: wholly, in part, with others, and what comes back to them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import Response

from backstay.kernel.clock import ManualClock
from backstay.products.commerce.orders.service import expire_all
from tests.house import open_house
from tests.products.commerce.giftcards.conftest import SHOP, Cards
from tests.products.commerce.orders.conftest import MODULES

MUG = 1490
"""A mug with its post, in cents."""


def sums(order: dict[str, Any]) -> tuple[str, str, int, int, int]:
    return (order["status"], order["money"], order["total"], order["paid"], order["refunded"])


async def accounts(cards: Cards) -> dict[str, int]:
    found = await cards.market.ask("GET", "/v1/payments/balances", who=cards.market.merchant)
    return {one["account"]: one["balance"] for one in found["items"] if one["balance"]}


async def reconciled(cards: Cards, order: dict[str, Any]) -> None:
    for one in order["payments"]:
        path = f"/v1/payments/{one['payment_id']}/reconcile"
        assert await cards.market.ask("POST", path, who=cards.market.merchant) == []


async def test_a_card_pays_for_all_of_an_order_at_once(cards: Cards) -> None:
    card, code = await cards.issue(5000)
    path, token, seen = await cards.fill(code.lower().replace("-", " "), mug=1)
    assert seen["totals"]["total"] == MUG
    assert seen["due"] == 0
    shown = {"id": card, "last_four": code[-4:], "balance": 5000, "amount": MUG}
    assert seen["gift_cards"] == [shown]
    assert await cards.sums(card) == (5000, 0)  # a cart takes nothing
    answer = await cards.market.check_out(path, token, seen, expected_due=0)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert sums(made["order"]) == ("paid", "paid", MUG, MUG, 0)
    assert made["payment_url"] is None
    (payment,) = made["order"]["payments"]
    assert payment["gift_card"] == {"id": card, "last_four": code[-4:]}
    assert await cards.book(card) == [("issued", 5000, 5000), ("taken", -MUG, 5000 - MUG)]
    # Sent again, it is the same order, and takes nothing more.
    again = await cards.market.check_out(path, token, seen)
    assert again.json()["order"]["id"] == made["order"]["id"]
    await cards.market.work()
    order = await cards.market.read(made["order"]["id"])
    assert await cards.market.facts(order["id"]) == ["placed", "payment_asked", "payment_received"]
    assert sums(order) == sums(made["order"])
    assert await cards.sums(card) == (5000 - MUG, MUG)
    assert await accounts(cards) == {"customers": -MUG, "held:gift_card": MUG}
    await reconciled(cards, order)
    paid = await cards.market.ask("GET", f"/v1/payments/{payment['payment_id']}", who=cards.market.merchant)
    assert (paid["payment"]["provider"], paid["payment"]["status"]) == ("gift_card", "succeeded")


async def test_cards_pay_first_and_the_provider_the_rest(cards: Cards) -> None:
    small, first = await cards.issue(100)
    large, second = await cards.issue(900)
    made = await cards.buy(first, second, mug=1)
    order = made["order"]
    assert sums(order) == ("pending", "partly_paid", MUG, 1000, 0)
    asked = [
        (one["amount"], one["received"], one["gift_card"] and one["gift_card"]["id"])
        for one in order["payments"]
    ]
    assert asked == [(100, 100, small), (900, 900, large), (490, 0, None)]
    assert made["payment_id"] == order["payments"][-1]["payment_id"]
    await cards.market.work()
    await cards.market.pay(made)
    paid = await cards.market.read(order["id"])
    assert sums(paid) == ("paid", "paid", MUG, MUG, 0)
    assert (await cards.sums(small), await cards.sums(large)) == ((0, 100), (0, 900))

    # Money goes back to where it came from: first what the provider took, then to the largest card.
    part = await cards.end(order["id"], "refunds", extra=600)
    assert [(one["refunded"], one["refunding"]) for one in part["payments"]] == [(0, 0), (110, 0), (490, 0)]
    assert (await cards.sums(small), await cards.sums(large)) == ((0, 100), (110, 790))
    gone = await cards.end(order["id"], "cancel")
    assert sums(gone) == ("canceled", "refunded", MUG, MUG, MUG)
    assert (await cards.sums(small), await cards.sums(large)) == ((100, 0), (900, 0))
    assert await cards.book(large) == [
        ("issued", 900, 900),
        ("taken", -900, 0),
        ("given_back", 110, 110),
        ("given_back", 790, 900),
    ]
    assert await accounts(cards) == {}
    await reconciled(cards, gone)


async def test_an_order_that_expires_gives_the_cards_part_back_once(cards: Cards) -> None:
    card, code = await cards.issue(1000)
    made = await cards.buy(code, mug=1)
    await cards.market.work()
    page = await cards.market.page_of(made)
    # The card ends meanwhile: what comes back to it is its holder's all the same.
    found = await cards.read(card)
    await cards.market.manage(
        "PATCH", f"/gift-cards/{card}", {"active": False}, if_match=f'"{found["version"]}"'
    )
    cards.market.clock.move(timedelta(days=4))
    assert await expire_all(cards.market.house.backend.database, batch=10) == 1
    assert await expire_all(cards.market.house.backend.database, batch=10) == 0
    await cards.market.work()
    order = await cards.market.read(made["order"]["id"])
    assert sums(order) == ("expired", "refunded", MUG, 1000, 1000)
    assert await cards.book(card) == [("issued", 1000, 1000), ("taken", -1000, 0), ("given_back", 1000, 1000)]
    # The page is over; whoever presses pays nothing.
    await cards.market.choose(page, "pay")
    await cards.market.work()
    assert sums(await cards.market.read(made["order"]["id"])) == sums(order)
    assert await cards.sums(card) == (1000, 0)
    assert await accounts(cards) == {}


async def test_a_customer_calls_off_what_is_paid_in_part(cards: Cards) -> None:
    card, code = await cards.issue(1000)
    made = await cards.buy(code, mug=1)
    path = f"/v1/store/{SHOP}/orders/{made['order']['id']}/cancel"
    await cards.market.ask("POST", path, {"reason": "Too dear"}, x_order_token=made["token"])
    await cards.market.work()
    assert sums(await cards.market.read(made["order"]["id"])) == ("canceled", "refunded", MUG, 1000, 1000)
    assert await cards.sums(card) == (1000, 0)


async def test_an_edit_below_what_a_card_paid_is_paid_and_gives_the_rest_back(cards: Cards) -> None:
    card, code = await cards.issue(2000)
    made = await cards.buy(code, mug=2)
    order = made["order"]
    assert sums(order) == ("pending", "partly_paid", 2490, 2000, 0)
    edit = {"changes": [{"line_id": "1", "quantity": 1}], "expected_total": MUG, "reason": "One will do"}
    tag = f'"{order["version"]}"'
    await cards.market.manage("POST", f"/orders/{order['id']}/edits", edit, if_match=tag)
    await cards.market.work()
    after = await cards.market.read(order["id"])
    assert sums(after) == ("paid", "partly_refunded", MUG, 2000, 510)
    assert await cards.sums(card) == (510, MUG)


async def test_a_balance_that_shrank_since_is_told_before_anybody_pays(cards: Cards) -> None:
    card, code = await cards.issue(2000)
    path, token, seen = await cards.fill(code, mug=1)
    assert seen["due"] == 0
    await cards.buy(code, mug=1)
    refused = await cards.market.check_out(path, token, seen, expected_due=seen["due"])
    told = refused.json()
    assert (refused.status_code, told["code"]) == (409, "cart_changed")
    assert (told["total"], told["due"], told["lines"]) == (MUG, MUG - 510, [])
    assert await cards.sums(card) == (510, MUG)
    now = await cards.market.ask("GET", path, x_cart_token=token)
    assert (now["due"], now["gift_cards"][0]["amount"]) == (MUG - 510, 510)
    answer = await cards.market.check_out(path, token, now, expected_due=now["due"])
    assert sums(answer.json()["order"]) == ("pending", "partly_paid", MUG, 510, 0)


async def test_what_is_bought_in_vain_takes_nothing(cards: Cards) -> None:
    card, code = await cards.issue(50_000)
    path, token, seen = await cards.fill(code, mug=6)
    await cards.buy(code, mug=6)
    refused = await cards.market.check_out(path, token, seen)
    assert refused.json()["code"] == "insufficient_stock"
    assert await cards.sums(card) == (50_000 - 6490, 6490)


async def test_many_checkouts_race_for_one_card(cards: Cards) -> None:
    card, code = await cards.issue(MUG * 2 + 100)
    carts = [await cards.fill(code, mug=1) for _ in range(6)]

    async def buy(cart: tuple[str, str, dict[str, Any]]) -> Response:
        answer: Response = await cards.market.check_out(*cart)
        return answer

    answers = await asyncio.gather(*map(buy, carts))
    assert {one.status_code for one in answers} == {201}
    taken = sorted(one.json()["order"]["paid"] for one in answers)
    assert taken == [0, 0, 0, 100, MUG, MUG]
    assert await cards.sums(card) == (0, MUG * 2 + 100)


@pytest.mark.payments("mock://?at_once=1")
async def test_the_rest_is_paid_at_once_where_the_provider_is_a_till(cards: Cards) -> None:
    card, code = await cards.issue(1000)
    made = await cards.buy(code, mug=1)
    assert sums(made["order"]) == ("paid", "paid", MUG, MUG, 0)
    assert await cards.sums(card) == (0, 1000)
    gone = await cards.end(made["order"]["id"], "cancel")
    assert sums(gone) == ("canceled", "refunded", MUG, MUG, MUG)
    assert await cards.sums(card) == (1000, 0)
    await reconciled(cards, gone)


async def test_a_code_that_does_not_pay_is_refused_alike_whatever_the_reason(cards: Cards) -> None:
    market = cards.market
    await market.ask(
        "POST",
        "/v1/shops",
        {"slug": "south", "name": "South", "currency": "EUR", "country": "DE"},
        who=market.merchant,
    )
    there = await market.ask("POST", "/v1/shops/south/gift-cards", {"amount": 100}, who=market.merchant)
    over, over_code = await cards.issue(100, expires_at="2026-01-01T01:00:00Z")
    idle, idle_code = await cards.issue(100)
    await market.manage("PATCH", f"/gift-cards/{idle}", {"active": False}, if_match='"1"')
    empty, empty_code = await cards.issue(100)
    await market.manage("POST", f"/gift-cards/{empty}/adjustments", {"by": -100, "reason": "lost"})
    market.clock.move(timedelta(hours=1))
    cart = await cards.fill(mug=1)
    foreign = there["items"][0]["code"]
    for code in ("0000-0000-0000-0000", "é", foreign, over_code, idle_code, empty_code):
        assert await cards.try_code(cart, code) == (409, "gift_card_refused")
    seen = await market.ask("GET", cart[0], x_cart_token=cart[1])
    assert (seen["gift_cards"], seen["due"]) == ([], MUG)
    assert (await cards.read(over))["balance"] == 100


async def test_a_cart_has_five_cards_and_lets_them_go(cards: Cards) -> None:
    codes = [(await cards.issue(10))[1] for _ in range(6)]
    path, token, seen = await cards.fill(*codes[:5], mug=1)
    assert (seen["due"], len(seen["gift_cards"])) == (MUG - 50, 5)
    assert await cards.try_code((path, token, seen), codes[0]) == (200, "")
    assert await cards.try_code((path, token, seen), codes[5]) == (409, "cart_full")
    first = seen["gift_cards"][0]["id"]
    for _ in range(2):
        seen = await cards.market.ask("DELETE", f"{path}/gift-cards/{first}", x_cart_token=token)
        assert (seen["due"], len(seen["gift_cards"])) == (MUG - 40, 4)
    stranger = await cards.market.send("DELETE", f"{path}/gift-cards/{first}", x_cart_token="another")
    assert stranger.json()["code"] == "cart_not_found"


async def test_codes_are_tried_ten_times_a_minute(database_url: str, clock: ManualClock) -> None:
    # In memory: a database that stands still for a moment is taken for away, and its limits are guessed.
    environ = {"BACKSTAY_RATELIMIT_ENFORCE": "1", "BACKSTAY_RATELIMIT_STORE": "memory"}
    async with open_house(MODULES, database_url, clock, environ=environ) as house:
        where = f"/v1/store/{SHOP}/carts/{UUID(int=1)}/gift-cards"
        answers = [(await house(None, "POST", where, {"code": f"{n:016}"})).status_code for n in range(12)]
    assert answers == [404] * 10 + [429] * 2
