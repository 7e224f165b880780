"""Orders that end, and money that comes before, meanwhile and afterwards."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, Final

from backstay.kernel.database import UnitOfWork
from backstay.kernel.guarantees import Client, Finding, Lab, Patch, Server, Verdict, guarantee, judge
from backstay.products.commerce.orders.contracts.order import Order, OrderPayment
from backstay.products.commerce.orders.guarantees.market import QUICK, Market, insist
from backstay.products.commerce.orders.service import ending, paying

_ROUGH: Final = {"PAYMENTS_URL": "mock://?seed=5&duplicates=0.5&late=0.5&delay=500ms&bare=0.3"}
_PATIENCE: Final = 200
_WAIT: Final = 0.2
_PRICE: Final = 700


@guarantee(
    "orders-money-adds-up",
    promise="Order by order, money in is money out and money held, at the provider and in the order alike: "
    "money that comes when an order has ended buys it again or goes back, once, whatever server is killed.",
    safety="break",
    faults=["kill"],
    trials=2,
    core=False,  # the core set has a minute for all systems
)
async def orders_money_adds_up(lab: Lab) -> Verdict:
    """Let guests pay while the merchant cancels the same orders, news comes twice and late, servers die."""
    app = await lab.server(processes=2, env=QUICK | _ROUGH)
    market = Market(lab)
    await market.open()
    variant = await market.offer(_PRICE, 100)
    made: list[str] = []

    async def buy(client: Client) -> None:
        status, bought = await market.check_out(client, await market.fill(client, **{variant: 2}))
        if status != 201:
            return
        made.append(bought["order"]["id"])
        await market.pay(client, bought)

    async def call_off(client: Client) -> None:
        await asyncio.sleep(client.random.uniform(0.1, 0.5))
        if made:
            await _cancel(market, client, client.random.choice(made))

    for _ in lab.trials():
        load = asyncio.gather(
            lab.clients(4, timeout=20).each(2, buy), lab.clients(2, timeout=20).each(6, call_off)
        )
        await asyncio.sleep(lab.random.uniform(0.8, 1.6))
        await app.kill()
        await app.restart()
        await load
    orders = [await _at_rest(market, app, order_id) for order_id in made]
    living = [one for one in orders if one["status"] not in {"canceled", "expired"}]
    wrong = [one for one in orders if not _adds_up(one)]
    there, reserved = (await market.levels(app))[variant]
    return judge(
        Finding(f"{there} units are there and {reserved} reserved for {len(living)} living orders of two")
        if (there, reserved) != (100, 2 * len(living))
        else None,
        Finding(f"order {wrong[0]['number']} is {_told(wrong[0])}") if wrong else None,
        await market.broken(app),
        orders=len(orders),
        living=len(living),
    )


async def _cancel(market: Market, client: Client, order_id: str) -> None:
    """What a merchant does about some order, at some moment of its payment."""
    path = f"{market.path}/orders/{order_id}"
    for _ in range(5):
        read = await client.get(path)
        if not read.ok:
            await asyncio.sleep(_WAIT)
            continue
        reply = await client.request(
            "POST",
            f"{path}/cancel",
            json={"reason": "lab"},
            headers={"Idempotency-Key": client.unique("cancel"), "If-Match": f'"{read["version"]}"'},
            name="POST cancel",
        )
        if reply.status in {200, 409}:
            return


async def _at_rest(market: Market, app: Server, order_id: str) -> Any:
    """An order once nothing is under way any more, or as it is after a while."""
    order: Any = None
    quiet = 0
    for _ in range(_PATIENCE):
        before, order = order, await market.order(app, order_id)
        still = before == order and order["status"] != "pending" and not order["refunding"]
        quiet = quiet + 1 if still else 0
        # News comes half a second late, and a killed worker's lease lasts a second.
        if quiet >= 10:
            return order
        await asyncio.sleep(_WAIT)
    return order


def _adds_up(order: Any) -> bool:
    held = order["paid"] - order["refunded"] - order["refunding"]
    if order["status"] in {"canceled", "expired"}:
        return bool(held == 0 and order["paid"] in {0, order["total"]})
    return bool(held == order["total"] == order["paid"])


def _told(order: Any) -> str:
    names = ("status", "total", "paid", "refunding", "refunded")
    return ", ".join(f"{name} {order[name]}" for name in names)


@orders_money_adds_up.sabotage("take every piece of news of a payment for money")
def credulous(patch: Patch) -> None:
    """The webhook and the page that the customer comes back to, each credited."""

    def never(asked: OrderPayment) -> bool:
        del asked
        return False

    settle = paying.settle

    async def twice(uow: UnitOfWork, order_id: Any, payment_id: Any) -> Order:
        await settle(uow, order_id, payment_id)
        return await settle(uow, order_id, payment_id)

    patch(paying, "_is_credited", never)
    patch(paying, "settle", twice)


@guarantee(
    "ended-orders-give-back-once",
    promise="An order that is canceled or that nobody pays in time gives each unit back to its location "
    "once, however many end it at once and whatever server is killed.",
    safety="break",
    faults=["kill", "clock"],
    trials=2,
    core=False,  # the core set has a minute for all systems
)
async def ended_orders_give_back_once(lab: Lab) -> Verdict:
    """Let orders be canceled by many at once and die in the middle, then let four days pass for the rest."""
    app = await lab.server(processes=2, env=QUICK)
    market = Market(lab)
    await market.open()
    variants = [await market.offer(_PRICE, 50) for _ in range(2)]
    made: list[Any] = []

    async def buy(client: Client) -> None:
        cart = await market.fill(client, **dict.fromkeys(variants, 2))
        status, bought = await market.check_out(client, cart)
        if status == 201:
            made.append(bought["order"])

    async def call_off(client: Client) -> None:
        for order in client.random.sample(made, len(made)):
            if int(order["id"][-1], 16) % 2:
                await _call_off(market, client, order)

    for _ in lab.trials():
        await lab.clients(3, timeout=20).each(2, buy)
        load = asyncio.create_task(lab.clients(3, timeout=20).each(1, call_off))
        await asyncio.sleep(lab.random.uniform(0.1, 0.5))
        await app.kill()
        await app.restart()
        await load
    lab.move_clock(timedelta(days=5))
    statuses: list[str] = []
    for _ in range(_PATIENCE):
        statuses = [one["status"] for one in await market.orders(app)]
        if "pending" not in statuses:
            break
        await asyncio.sleep(_WAIT)
    levels = await market.levels(app)
    left = [levels[variant] for variant in variants if levels[variant] != (50, 0)]
    return judge(
        Finding(f"{statuses.count('pending')} orders wait for ever") if "pending" in statuses else None,
        Finding(f"{left[0]} units of 50 are there and reserved, and no order lives") if left else None,
        await market.broken(app),
        canceled=statuses.count("canceled"),
        expired=statuses.count("expired"),
    )


async def _call_off(market: Market, client: Client, order: Any) -> None:
    path = f"{market.path}/orders/{order['id']}/cancel"
    tag = {"If-Match": f'"{order["version"]}"'}
    await insist(client, "POST", path, {"reason": "lab"}, client.unique("off"), headers=tag)


@ended_orders_give_back_once.sabotage("end the order, and give back in a later commit")
def later(patch: Patch) -> None:
    """Who dies between the two has ended it and given nothing back; here, everybody does."""

    async def forget(uow: UnitOfWork, order: Order) -> None:
        del uow, order

    patch(ending, "_let_go", forget)
