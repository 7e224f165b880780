"""What a merchant changes of an order, what it costs in statements, and what a broken row is told as."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import statement
from backstay.kernel.ids import uuid7
from backstay.products.commerce.orders.contracts.states import TRANSITIONS, Move, OrderStatus, money_status
from backstay.products.commerce.orders.module import card
from backstay.products.commerce.orders.service import placing
from backstay.products.commerce.orders.tables import orders
from backstay.products.commerce.pricing import Basket, Line, TaxRate, price
from backstay.products.commerce.pricing import refund as share_of
from tests.conftest import make_actor
from tests.products.commerce.orders.conftest import SHOP, Market


async def test_an_edit_is_staged_made_and_its_difference_settled(market: Market) -> None:
    order = await market.buy(mug=2)
    path, tag = f"/orders/{order['id']}", f'"{order["version"]}"'
    more = {
        "changes": [{"line_id": "1", "quantity": 1}],
        "additions": [{"variant_id": market.variants["tea"], "quantity": 4}],
    }
    staged = await market.manage("POST", f"{path}/edits/preview", more)
    assert (staged["total"], staged["difference"]) == (3086, 596)
    assert (await market.read(order["id"]))["total"] == 2490
    wrong = {**more, "expected_total": 3000, "reason": "Asked by phone"}
    assert await market.refused(f"{path}/edits", wrong, if_match=tag) == (409, "edit_total_changed")
    made = await market.manage("POST", f"{path}/edits", {**wrong, "expected_total": 3086}, if_match=tag)
    assert (made["status"], made["money"], made["total"]) == ("paid", "partly_paid", 3086)
    assert (await market.stock("mug"), await market.stock("tea")) == ((10, 1), (10, 4))
    tag = f'"{made["version"]}"'
    assert await market.refused(f"{path}/fulfilments", {}, if_match=tag) == (409, "order_state")
    await market.work()
    await market.pay({"order": made, "token": order["token"]})
    paid = await market.read(order["id"])
    assert (paid["money"], paid["paid"]) == ("paid", 3086)

    less = {"changes": [{"line_id": "1", "quantity": 0}], "expected_total": 2086, "reason": "No mugs"}
    tag = f'"{paid["version"]}"'
    made = await market.manage("POST", f"{path}/edits", less, if_match=tag)
    assert (made["total"], made["refunding"], [one["sku"] for one in made["lines"]]) == (2086, 1000, ["tea"])
    assert await market.stock("mug") == (10, 0)
    assert await market.refused(f"{path}/edits", less, if_match=f'"{made["version"]}"') == (
        409,
        "order_not_editable",
    )
    note = await market.manage("POST", f"{path}/notes", {"text": "Rings twice"})
    shown = await market.own(order["id"], order["token"])
    assert note["version"] == made["version"] + 1
    assert "noted" not in [one["fact"]["type"] for one in shown["timeline"]]
    await market.work()
    await market.sound()
    trail = ["orders.note_added", "orders.order_edited", "orders.order_edited"]
    assert sorted(await market.trail(order["id"])) == trail


async def test_a_coupon_is_tried_on_what_was_bought(market: Market) -> None:
    await market.manage("POST", "/brands", {"name": "Nord"})
    await market.offer("cup", 2000, brand="nord")
    await market.buy(pay=False, cup=1, mug=1)
    await market.buy(pay=False, mug=2)
    given_up = await market.buy(pay=False, cup=3)
    tag = f'"{given_up["version"]}"'
    await market.manage("POST", f"/orders/{given_up['id']}/cancel", {"reason": "No more"}, if_match=tag)
    nord = (await market.manage("GET", "/brands/nord"))["id"]
    draft = {"name": "Nord", "off": {"kind": "percent", "ppm": 500_000}, "only": {"brands": [nord]}}
    assert (await card(market.house.backend.database.reader(market.merchant))).value == "2"
    before = await market.manage("GET", "/orders")
    tried = await market.manage("POST", "/orders/simulations", {"coupon": draft})
    assert (tried["orders"], tried["all_of_them"]) == (2, True)
    assert tried["currencies"] == [
        {
            "currency": "EUR",
            "orders": 2,
            "used": 1,
            "discount": 1000,
            "subtotal": 3000,
            "refused": {"no_goods": 1},
        }
    ]
    assert await market.manage("GET", "/orders") == before
    assert (await market.manage("GET", "/coupons"))["items"] == []
    first = {"name": "Welcome", "off": {"kind": "percent", "ppm": 100_000}, "first_order": True}
    coupon = await market.manage("POST", "/coupons", first)
    await market.manage("POST", f"/coupons/{coupon['id']}/codes", {"code": "WELCOME"})
    path, token, _ = await market.fill(mug=1)
    answer = await market.send("POST", f"{path}/codes", {"code": "WELCOME"}, x_cart_token=token)
    assert answer.json()["refused"] == [{"code": "WELCOME", "name": "Welcome", "reason": "not_first_order"}]
    later = {"coupon": draft, "placed_from": "2199-01-01T00:00:00Z"}
    refused = await market.send("POST", f"/v1/shops/{SHOP}/orders/simulations", later, who=market.merchant)
    assert [one["pointer"] for one in refused.json()["errors"]] == ["/placed_before"]
    later |= {"placed_before": "2199-01-02T00:00:00Z"}
    assert (await market.manage("POST", "/orders/simulations", later))["currencies"] == []


_CHECKOUT = [
    *("idempotency.CLAIM", "shops.OPEN", "carts.LOCK", "catalog.OFFERS", "shops.CHARGES"),
    *("coupons.CANDIDATES", "inventory.LOCK", "inventory.MOVE"),
]
_KEPT = ["events.TAKE", "idempotency.CONCLUDE"]


async def _trips(market: Market) -> list[tuple[str, list[str]]]:
    """What a checkout asks the database, and what travelled with it."""
    path, token, seen = await market.fill(mug=1, tea=2)
    market.house.records.clear()
    answer = await market.check_out(path, token, seen)
    assert answer.status_code == 201
    (record,) = market.house.records
    return [(one.name, one.detail.get("with", [])) for one in record.moments if one.kind == "statement"]


async def test_a_checkout_is_few_statements(market: Market, engine_name: str) -> None:
    trips = await _trips(market)
    # PostgreSQL asks first, once in a while, what a commit survives; on SQLite everything goes with the next.
    present = ["jobs.PRESENT"] if engine_name == "postgresql" else []
    assert [name for name, _ in trips] == [*_CHECKOUT, *present, *_KEPT]
    moved = [*["inventory.RECORD"] * 2, "inventory.BEGIN"]
    placed = ["payments.INSERT", "orders.PLACE", *["orders.ADD_LINE"] * 2, *["orders.APPEND"] * 2]
    asked = {"postgresql": "jobs.INSERT_ROWS", "sqlite": "jobs.INSERT"}
    with_the_stream = [asked[engine_name], *placed, "carts.COMPLETE"]
    assert [names for _, names in trips if names] == {
        "postgresql": [moved, with_the_stream, ["events.WRITE"]],
        "sqlite": [[*moved, *with_the_stream], ["events.WRITE"]],
    }[engine_name]


@pytest.mark.payments("mock://?at_once=1")
async def test_a_purchase_paid_at_once_is_twelve_trips(market: Market) -> None:
    trips = await _trips(market)
    # The claim of the key is a commit of its own; BEGIN and COMMIT make it twelve.
    assert [name for name, _ in trips] == [*_CHECKOUT, *_KEPT]
    kept, told = (names for _, names in trips if names)
    assert (len(kept), told) == (16, [*["events.WRITE"] * 3, "payments.MOVE_BOTH"])


async def test_a_row_that_breaks_a_rule_is_shown(market: Market) -> None:
    order = await market.buy(pay=False, mug=1)
    forge = statement(update(orders).values(total=1, version=9), unscoped=True)
    await market.house.backend.database.run(SYSTEM, lambda uow: uow.execute(forge))
    found = await market.manage("GET", "/invariants")
    assert (found["holds"], found["orders"]) == (False, 1)
    assert [(one["rule"], one["subject"], one["is_now"], one["should_be"]) for one in found["broken"]] == [
        ("total_is_sum_of_lines", order["number"], 1, 1490),
        ("version_is_number_of_events", order["number"], 9, 2),
    ]


async def test_an_order_of_another_organization_is_not_there(market: Market) -> None:
    order = await market.buy(pay=False, mug=1)
    path = f"/v1/shops/north-star/orders/{order['id']}"
    stranger = make_actor("eve")
    for method, where in (("GET", path), ("GET", f"{path}/timeline"), ("GET", "/v1/shops/north-star/orders")):
        answer = await market.send(method, where, who=stranger)
        assert (answer.status_code, answer.json()["code"]) == (404, "shop_not_found")


def test_every_status_can_be_left_or_is_an_end() -> None:
    assert {status for status, _ in TRANSITIONS} == set(OrderStatus)
    assert {move for _, move in TRANSITIONS} == set(Move)
    reached = {OrderStatus.PENDING, *TRANSITIONS.values()}
    assert reached == set(OrderStatus)
    # Nothing leads back to waiting for money, and what has left cannot be called off.
    assert [key for key, to in TRANSITIONS.items() if to is OrderStatus.PENDING] == [
        (OrderStatus.PENDING, Move.EDIT)
    ]
    assert {whence for whence, move in TRANSITIONS if move is Move.CANCEL} == {
        OrderStatus.PENDING,
        OrderStatus.PAID,
    }


@pytest.mark.parametrize(
    ("total", "paid", "refunded", "said"),
    [
        (100, 0, 0, "unpaid"),
        (100, 40, 0, "partly_paid"),
        (100, 100, 0, "paid"),
        (0, 0, 0, "paid"),
        (100, 100, 1, "partly_refunded"),
        (100, 100, 100, "refunded"),
        (100, 40, 40, "refunded"),
    ],
)
def test_what_became_of_the_money_follows_from_the_sums(
    total: int, paid: int, refunded: int, said: str
) -> None:
    assert money_status(total=total, paid=paid, refunded=refunded).value == said


@given(st.integers(0, 10**9), st.integers(1, 60), st.integers(0, 300_000), st.lists(st.integers(1, 20)))
def test_units_are_worth_their_line_whatever_portions_they_go_back_in(
    unit_price: int, quantity: int, ppm: int, portions: list[int]
) -> None:
    """As `worth` reckons: from the first unit on, less what went before."""
    line = Line(id="1", unit_price=unit_price, quantity=quantity, taxes=(TaxRate(name="t", ppm=ppm),))
    (priced,) = price(Basket(currency="EUR", lines=(line,))).lines
    given_back = units = 0
    for portion in [*portions, quantity]:
        units = min(quantity, units + portion)
        part = share_of(priced, units).total - given_back
        assert part >= 0
        given_back += part
    assert given_back == priced.total


def test_numbers_are_read_out_without_doubt() -> None:
    numbers = {placing.number_of(uuid7()) for _ in range(200)}
    assert len(numbers) == 200
    assert all(len(one) == 9 and not set(one) & set("ILOU") for one in numbers)
