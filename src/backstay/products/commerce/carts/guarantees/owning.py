"""Whose carts are, and that none loses a line where two become one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from msgspec import structs

from backstay.kernel.actor import Actor
from backstay.kernel.database import Database, UnitOfWork
from backstay.kernel.guarantees import (
    Client,
    Finding,
    Lab,
    Operation,
    Patch,
    Verdict,
    guarantee,
    judge,
    sum_is_possible,
)
from backstay.products.commerce.carts import queries
from backstay.products.commerce.carts.contracts import CartState, Proof
from backstay.products.commerce.carts.guarantees.store import ADD, NOBODY, Store
from backstay.products.commerce.carts.queries import Row
from backstay.products.commerce.carts.service import keeping, merging
from backstay.products.commerce.carts.service.keeping import save
from backstay.products.commerce.shops import Shop

T = TypeVar("T")

_PATIENCE: Final = 300


@guarantee(
    "carts-are-their-owners",
    promise="Nobody reads or changes a cart without its token or its account, whatever else they hold: "
    "another cart's token, another account, the merchant's own.",
    safety="break",
    faults=["kill"],
    core=False,  # the core set has a minute for all systems
)
async def carts_are_their_owners(lab: Lab) -> Verdict:
    """Let many try other people's carts in every way, while their owners use them and servers die."""
    app = await lab.server(processes=2)
    store = Store(lab)
    await store.open()
    carts = [await store.guest() for _ in range(4)]
    own = f"{store.url}/{(await store.ask('POST', store.url, {}))['cart']['id']}"
    got_in: list[str] = []
    notes = {cart: f"note of {cart[-4:]}" for cart, _ in carts}
    for cart, proof in carts:
        await store.ask("PATCH", cart, {"note": notes[cart]}, proof)

    async def intrude(client: Client) -> None:
        (_, mine), (theirs, token) = client.random.sample(carts, 2)
        target = client.random.choice([theirs, own])
        whole = token["X-Cart-Token"]
        keys = [mine, {**NOBODY}, {"X-Cart-Token": whole[:-1], **NOBODY}, {"X-Cart-Token": "", **NOBODY}]
        if target == theirs:
            keys.append({})  # the account of the shop's own merchant
        headers = client.random.choice(keys)
        line = {"variant_id": store.variants[0], "quantity": 1}
        method, path, body = client.random.choice(
            [
                ("GET", "", None),
                ("PATCH", "", {"note": "theirs"}),
                ("POST", "/lines", {"lines": [line]}),
                ("PUT", "/lines", {"lines": [line]}),
                ("POST", "/seen", None),
                ("DELETE", "/codes/some", None),
                ("POST", "/merge", None),
            ]
        )
        reply = await client.request(method, f"{target}{path}", json=body, headers=headers, name="intrude")
        if reply.ok or (reply.status or 0) not in {0, 401, 404, 503}:
            got_in.append(f"{method} {path or 'the cart'} was answered with {reply.status}")
        await store.add(client, *client.random.choice(carts))

    load = asyncio.create_task(lab.clients(6).each(30, intrude))
    await lab.acknowledged(30)
    await app.kill()
    await app.restart()
    await load
    kept = {cart: (await store.ask("GET", cart, None, proof))["cart"]["note"] for cart, proof in carts}
    empty = (await app.get(own))["lines"]
    tries = [op for op in lab.history if op.name == "intrude"]
    return judge(
        Finding(got_in[0]) if got_in else None,
        None if kept == notes else Finding(f"notes were {notes}, and are {kept}"),
        Finding(f"somebody put {len(empty)} lines into the account's cart") if empty else None,
        untried=None if any(op.status == 404 for op in tries) else "nobody was ever refused",
        tries=len(tries),
    )


@carts_are_their_owners.sabotage("take whoever knows a cart's id for its owner")
def proven_by_its_id(patch: Patch) -> None:
    """Ids are hard to guess, and stand in logs, mails and addresses."""

    def anybody(_row: Row, _proof: Proof) -> bool:
        return True

    patch(keeping, "proves", anybody)


@guarantee(
    "merging-loses-no-line",
    promise="Whatever is put into a guest's cart and into the account's while the guest signs in, from "
    "several windows at once and as servers die: all that was acknowledged is in the account's cart, once.",
    safety="break",
    faults=["kill"],
    trials=3,
    core=False,  # the core set has a minute for all systems
)
async def merging_loses_no_line(lab: Lab) -> Verdict:
    """Fill guests' carts and the account's while the account takes the guests' over, again and again."""
    app = await lab.server(processes=2)
    store = Store(lab)
    await store.open()
    own = f"{store.url}/{(await store.ask('POST', store.url, {}))['cart']['id']}"
    unmerged: list[str] = []
    for _ in lab.trials():
        guests = [await store.guest() for _ in range(3)]

        async def shop(client: Client, guests: list[tuple[str, dict[str, str]]] = guests) -> None:
            for _ in range(3):
                await store.add(client, *client.random.choice(guests))
            await store.add(client, own)
            await _merge(client, *client.random.choice(guests))

        load = asyncio.create_task(lab.clients(6).each(4, shop))
        await lab.acknowledged(lab.random.randint(5, 30))
        await app.kill()
        await app.restart()
        await load

        async def finish(client: Client, guests: list[tuple[str, dict[str, str]]] = guests) -> None:
            unmerged.extend([cart for cart, proof in guests if not await _merge(client, cart, proof)])

        await lab.clients(2).each(1, finish)
    found = sum(line["quantity"] for line in (await app.get(own))["lines"])
    adds = [op for op in lab.history if op.name == ADD]
    return judge(
        sum_is_possible(found, adds, _units),
        untried=f"{unmerged[0]} could not be merged" if unmerged else None,
        found=found,
        adds=len(adds),
    )


async def _merge(client: Client, cart: str, proof: dict[str, str]) -> bool:
    """Let the account take a guest's cart over."""
    headers = {"X-Cart-Token": proof["X-Cart-Token"]}
    for _ in range(_PATIENCE):
        reply = await client.request("POST", f"{cart}/merge", headers=headers, name="merge")
        if reply.ok:
            return True
        await asyncio.sleep(0.05)
    return False


def _units(op: Operation) -> int:
    return int(op.about)


@merging_loses_no_line.sabotage("close the guest's cart in a unit of its own, after the lines were copied")
def closed_afterwards(patch: Patch) -> None:
    """In between, the guest's other window goes on filling it."""
    run = Database.run
    databases: list[Database] = []
    under_way: set[asyncio.Task[Any]] = set()

    async def remember(database: Database, actor: Actor, work: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        databases[:] = [database]
        return await run(database, actor, work)

    async def save_apart(uow: UnitOfWork, shop: Shop, before: Row, after: Row) -> Row:
        if after.state is not CartState.MERGED:
            return await save(uow, shop, before, after)

        async def close(own: UnitOfWork) -> None:
            row = await own.one(queries.ANY, id=before.id)
            closed = structs.replace(row, state=after.state, merged_into=after.merged_into)
            await save(own, shop, row, closed)

        async def later() -> None:
            await asyncio.sleep(0.25)
            await run(databases[0], uow.actor, close)

        def begin() -> None:
            task = asyncio.create_task(later())
            under_way.add(task)
            task.add_done_callback(under_way.discard)

        uow.after_commit(begin)
        return after

    patch(Database, "run", remember)
    patch(merging, "save", save_apart)
