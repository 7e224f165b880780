"""Servers that die while stock moves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

from backstay.kernel.actor import Actor
from backstay.kernel.database import Database, UnitOfWork
from backstay.kernel.guarantees import Client, Finding, Lab, Patch, Verdict, guarantee, judge
from backstay.products.commerce.inventory.guarantees.shop import Shop
from backstay.products.commerce.inventory.queries import ledger

T = TypeVar("T")


@guarantee(
    "stock-agrees-with-its-ledger",
    promise="Whatever is reserved, given back, handed out, corrected and transferred as servers die: "
    "every level is the sum of its ledger, without a gap, and what is reserved is the sum of the "
    "reservations.",
    safety="break",
    faults=["kill"],
    trials=3,
    core=False,  # the core set has a minute for all systems
)
async def stock_agrees_with_its_ledger(lab: Lab) -> Verdict:
    """Kill both servers under every kind of movement, and add up what they say afterwards."""
    app = await lab.server(processes=2)
    shop = Shop(lab)
    await shop.open(2)
    variants = [await shop.stock(40, 40) for _ in range(3)]

    async def trade(client: Client) -> None:
        dice, headers = client.random, {"Idempotency-Key": client.unique("trade")}
        holder = await shop.hold(client, dice.sample(variants, dice.randint(1, 3)), dice.randint(1, 3))
        if holder is not None and dice.random() < 0.8:
            await shop.end(client, holder, dice.choice(["", "", "/hand-out"]))
        one, other = dice.sample(shop.locations, 2)
        order: dict[str, Any] = {"variant_id": dice.choice(variants)}
        if dice.random() < 0.5:
            order |= {"location_id": one, "by": dice.randint(1, 4), "reason": "delivered"}
            await client.post(f"{shop.url}/adjustments", json=order, headers=headers)
        else:
            order |= {"from_location_id": one, "to_location_id": other, "quantity": 1}
            await client.post(f"{shop.url}/transfers", json=order, headers=headers)

    for _ in lab.trials():
        async with lab.clients(6).running(trade):
            await lab.acknowledged(lab.random.randint(30, 90))
            await app.kill()
        await app.restart()
    said = await app.get(f"{shop.url}/invariants")
    lines = [line async for line in app.walk(f"{shop.url}/movements?limit=100")]
    held = sum([hold["units"] async for hold in app.walk(f"{shop.url}/reservations?limit=100")])
    levels = await shop.levels(app)
    return judge(
        *(_added_up(level, lines) for level in levels),
        None
        if held == sum(level["reserved"] for level in levels)
        else Finding(
            f"the levels have {sum(level['reserved'] for level in levels)} promised, holders {held}"
        ),
        None if said["holds"] else Finding(f"the server itself finds {said['discrepancies'][0]}"),
        movements=len(lines),
        held=held,
    )


def _added_up(level: dict[str, Any], lines: Iterable[dict[str, Any]]) -> Finding | None:
    mine = sorted(
        (line for line in lines if line["level_id"] == level["id"]), key=lambda one: one["sequence"]
    )
    if [line["sequence"] for line in mine] != list(range(1, len(mine) + 1)):
        return Finding(f"the ledger of level {level['id']} has a gap")
    sums = sum(line["on_hand_change"] for line in mine), sum(line["reserved_change"] for line in mine)
    if sums == (level["on_hand"], level["reserved"]):
        return None
    return Finding(
        f"level {level['id']} is {level['on_hand']}/{level['reserved']}, its ledger makes it {sums}"
    )


@stock_agrees_with_its_ledger.sabotage("write the ledger after the commit")
def recorded_later(patch: Patch) -> None:
    """As a listener on an event bus in memory does."""
    run, write_now = Database.run, UnitOfWork.write
    databases: list[Database] = []
    under_way: set[asyncio.Task[Any]] = set()

    async def remember(database: Database, actor: Actor, work: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        databases[:] = [database]
        return await run(database, actor, work)

    def later(uow: UnitOfWork, statement_: Any, *rows: Any) -> None:
        if statement_ is not ledger.RECORD:
            return write_now(uow, statement_, *rows)

        async def write() -> None:
            await asyncio.sleep(0.3)
            await run(databases[0], uow.actor, lambda own: own.execute_many(ledger.RECORD, rows))

        def begin() -> None:
            task = asyncio.create_task(write())
            under_way.add(task)
            task.add_done_callback(under_way.discard)

        uow.after_commit(begin)
        return None

    patch(Database, "run", remember)
    patch(UnitOfWork, "write", later)
