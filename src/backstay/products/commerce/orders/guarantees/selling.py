"""Carts that race: for goods, and with themselves."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from msgspec import structs

from backstay.kernel.database import UnitOfWork
from backstay.kernel.guarantees import Client, Finding, Lab, Patch, Verdict, guarantee, judge
from backstay.kernel.ids import uuid7
from backstay.products.commerce import carts, inventory
from backstay.products.commerce.carts import Cart
from backstay.products.commerce.orders.contracts.order import Order
from backstay.products.commerce.orders.contracts.placing import NewOrder
from backstay.products.commerce.orders.guarantees.market import QUICK, Market
from backstay.products.commerce.orders.service import checkout
from backstay.products.commerce.orders.service.placing import place
from backstay.products.commerce.shops import Shop

_RACERS: Final = 12


@guarantee(
    "carts-racing-sell-what-is-there",
    promise="However many carts are bought at once, on however many servers, exactly as many units are sold "
    "as there are; the others are told that there are not enough, and no order is made of them.",
    safety="probe",
    trials=3,
    core=False,  # the core set has a minute for all systems
)
async def racing_carts_sell_what_is_there(lab: Lab) -> Verdict:
    """Guests of two servers buy 1, 5 and 10 units with a cart each, of one line and of three."""
    app = await lab.server(processes=2, env=QUICK)
    market = Market(lab)
    await market.open()
    findings: list[Finding | None] = []
    refused: Counter[str] = Counter()
    for trial in lab.trials():
        units, lines = (1, 5, 10)[trial % 3], (3, 1, 3)[trial % 3]
        variants = [await market.offer(500, units) for _ in range(lines)]
        sold: list[Any] = []

        async def race(client: Client, variants: Sequence[str] = variants, sold: list[Any] = sold) -> None:
            mixed = client.random.sample(variants, len(variants))
            cart = await market.fill(client, **dict.fromkeys(mixed, 1))
            status, made = await market.check_out(client, cart)
            if status == 201:
                sold.append(made)
            else:
                refused[str(made.get("code"))] += 1

        await lab.clients(_RACERS, timeout=20).each(1, race)
        levels = await market.levels(app)
        if len(sold) != units:
            findings.append(Finding(f"{len(sold)} orders were made for {units} units"))
        over = [variant for variant in variants if levels[variant] != (units, units)]
        if over:
            findings.append(Finding(f"{levels[over[0]]} of {units} units are there and reserved"))
    findings.append(await market.broken(app))
    others = set(refused) - {"insufficient_stock"}
    findings.append(Finding(f"carts were refused with {sorted(others)}") if others else None)
    return judge(*findings, orders=len(await market.orders(app)), refused=refused.total())


@racing_carts_sell_what_is_there.sabotage("look whether there is enough, and reserve when it is paid")
def looked_only(patch: Patch) -> None:
    """What shops do that allocate at payment."""

    async def look(
        uow: UnitOfWork, shop_id: UUID, holder: UUID, wants: Sequence[Any], **others: object
    ) -> None:
        found = await inventory.available(uow, shop_id, [want.variant_id for want in wants])
        del holder, others
        if not all(found[want.variant_id].covers(want.quantity) for want in wants):
            raise inventory.InsufficientStock([])

    patch(inventory, "reserve", look)


@guarantee(
    "one-cart-is-one-order",
    promise="However often and at once a cart is completed, and whatever server is killed in the middle, one "
    "order is made of it, and everybody gets that one.",
    safety="break",
    faults=["kill"],
    trials=3,
    core=False,  # the core set has a minute for all systems
)
async def one_cart_is_one_order(lab: Lab) -> Verdict:
    """Let many complete the same carts, each under a key of its own, and kill both servers meanwhile."""
    app = await lab.server(processes=2, env=QUICK)
    market = Market(lab)
    await market.open()
    variant = await market.offer(700, 100)
    ready: list[tuple[str, str, Any]] = []

    async def fill(client: Client) -> None:
        ready.append(await market.fill(client, **{variant: 1}))

    await lab.clients(4).each(1, fill)
    answers: dict[str, set[tuple[str, str]]] = {}
    strange: list[str] = []
    for _ in lab.trials():

        async def complete(client: Client) -> None:
            for cart in client.random.sample(ready, len(ready)):
                status, made = await market.check_out(client, cart)
                if status == 201:
                    answers.setdefault(cart[0], set()).add((made["order"]["id"], made["token"]))
                else:
                    strange.append(f"{status} {made.get('code')}")

        load = asyncio.create_task(lab.clients(5, timeout=20).each(1, complete))
        await asyncio.sleep(lab.random.uniform(0.1, 0.5))
        await app.kill()
        await app.restart()
        await load
    listed = await market.orders(app)
    many = len(listed) != len(ready)
    several = [path for path, seen in answers.items() if len(seen) != 1]
    units = (await market.levels(app))[variant][1]
    return judge(
        Finding(f"{several[0]} was answered with {len(answers[several[0]])} orders") if several else None,
        Finding(f"{len(listed)} orders were made of {len(ready)} carts") if many else None,
        Finding(f"{units} units are reserved for {len(ready)} carts") if units != len(ready) else None,
        Finding(f"a completed cart was answered with {strange[0]}") if strange else None,
        await market.broken(app),
        carts=len(ready),
    )


@one_cart_is_one_order.sabotage("read the cart without its lock, and let its order have no unique cart")
def each_its_own(patch: Patch) -> None:
    """What a check before the insert does: twins that come at once both find nothing."""

    async def anyway(uow: UnitOfWork, shop: Shop, new: NewOrder) -> Order:
        return await place(uow, shop, structs.replace(new, source_id=uuid7()))

    def noted(uow: UnitOfWork, cart: Cart, order_id: UUID) -> None:
        del uow, cart, order_id

    patch(checkout, "place", anyway)
    patch(carts, "complete", noted)
