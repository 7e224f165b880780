"""That carts hold what they say they hold."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any, Final

from backstay.kernel.database import UnitOfWork
from backstay.kernel.guarantees import Client, Finding, Lab, Patch, Verdict, guarantee, judge
from backstay.products.commerce.carts.guarantees.store import Store
from backstay.products.commerce.carts.queries import Row
from backstay.products.commerce.carts.service import keeping
from backstay.products.commerce.inventory import available
from backstay.products.commerce.shops import Shop

_UNITS: Final = 9
_FILL: Final = "fill"


@guarantee(
    "a-carts-goods-are-held",
    promise="In a shop that holds carts' goods, what a cart says that it holds lies there for it and for no "
    "other, however many want the same at several servers, and while these die.",
    safety="break",
    faults=["kill"],
    trials=3,
    core=False,  # the core set has a minute for all systems
)
async def a_carts_goods_are_held(lab: Lab) -> Verdict:
    """Let guests at two servers put the last units into carts, and change their minds, while one dies."""
    app = await lab.server(processes=2)
    store = Store(lab)
    await store.open()
    await store.hold(3600)
    wrong: list[Finding] = []
    full = 0
    for trial in lab.trials():
        variant = store.variants[trial % len(store.variants)]
        await store.deliver(variant, _UNITS)
        carts = [await store.guest() for _ in range(8)]

        async def fill(
            client: Client, carts: list[tuple[str, dict[str, str]]] = carts, variant: str = variant
        ) -> None:
            cart, proof = client.random.choice(carts)
            line = {"variant_id": variant, "quantity": client.random.randint(0, 3)}
            await client.request("PUT", f"{cart}/lines", json={"lines": [line]}, headers=proof, name=_FILL)

        async with lab.clients(6).running(fill):
            await lab.acknowledged(20)
            await app.processes[trial % 2].kill()
            await lab.acknowledged(20)
        await app.restart()
        seen = [await store.ask("GET", cart, None, proof) for cart, proof in carts]
        held = sum(_units(one) for one in seen if one["cart"]["held_until"] is not None)
        unheld = [one for one in seen if _units(one) and one["cart"]["held_until"] is None]
        reserved = await store.reserved(app, variant)
        full += held == _UNITS
        if held != reserved or held > _UNITS or unheld:
            words = f"carts hold {held} of {_UNITS} units, and {reserved} are reserved"
            wrong.append(Finding(f"{words}; {len(unheld)} hold nothing of what is in them"))
    refused = sum(op.name == _FILL and op.status == 409 for op in lab.history)
    return judge(
        *wrong[:1],
        untried=None if refused else "nobody was ever told that there is too little",
        refused=refused,
        sold_out=full,
    )


def _units(cart: Any) -> int:
    return sum(line["quantity"] for line in cart["lines"] if not line["saved"])


@a_carts_goods_are_held.sabotage("look whether there is enough, and say that it is held")
def looked_at(patch: Patch) -> None:
    """What is there is looked at by all of them at once."""

    async def look(uow: UnitOfWork, shop: Shop, _before: Row, after: Row) -> datetime | None:
        wants = {line.variant_id: line.quantity for line in after.lines if not line.saved}
        there = await available(uow, shop.id, list(wants), except_holder=after.id)
        await asyncio.sleep(0.01)
        if shop.cart_hold is None or any(there[one].in_stock < units for one, units in wants.items()):
            return None
        return uow.now() + timedelta(seconds=shop.cart_hold)

    patch(keeping, "hold", look)
