"""A price that was committed, on the homes of several servers."""

from __future__ import annotations

import asyncio
from typing import Any, Final
from uuid import UUID

from backstay.kernel.database import UnitOfWork
from backstay.kernel.guarantees import Client, Finding, Lab, LabError, Patch, Verdict, guarantee, judge
from backstay.products.commerce.storefront.service import Keeper

LIMIT: Final = 0.25
"""Seconds after its acknowledgement from which a change is on every home."""
_PRODUCTS: Final = 3
_PATIENCE: Final = 20


@guarantee(
    "home-tells-what-was-committed",
    promise="A price that was committed is on the shop's home within 250 ms, on whichever server, also while "
    "servers are killed.",
    safety="break",
    faults=["kill"],
    trials=4,
    core=False,  # the core set has a minute for all systems
)
async def home_tells_what_was_committed(lab: Lab) -> Verdict:
    """Change prices while everybody looks at the home; kill a server in every other trial."""
    app = await lab.server(processes=2)
    shop = lab.unique("home").lower().replace("_", "-")
    products: list[dict[str, Any]] = []

    async def open_shop(client: Client) -> None:
        await client.post("/v1/shops", json={"slug": shop, "name": shop, "currency": "EUR", "country": "DE"})
        for _ in range(_PRODUCTS):
            sku = client.unique("sku")
            draft = {"title": sku, "published_from": "2020-01-01T00:00:00Z", "variants": [_variant(sku, 100)]}
            made = await client.post(f"/v1/shops/{shop}/products", json=draft)
            if not made.ok:
                raise LabError(f"a product was answered with {made.status}")
            products.append({"id": made["id"], "sku": sku})

    await lab.clients(1).each(1, open_shop)
    home = f"/v1/store/{shop}/home"
    wrong: list[Finding] = []
    seen = 0
    for trial in lab.trials():
        one, price = products[trial % _PRODUCTS], 1_000 + trial
        if trial % 2:
            await app.processes[trial // 2 % 2].kill()

        async def look(client: Client) -> None:
            await client.get(home)

        done = asyncio.Event()

        async def change(
            client: Client, one: dict[str, Any] = one, price: int = price, done: asyncio.Event = done
        ) -> None:
            path = f"/v1/shops/{shop}/products/{one['id']}"
            await _reprice(client, path, _variant(one["sku"], price), done)

        async def judged(client: Client, one: dict[str, Any] = one, price: int = price) -> None:
            nonlocal seen
            reply = await client.get(home)
            if reply.ok:
                seen += 1
                cards = [card for part in reply["sections"] for card in part["items"]]
                shown = sorted({card["price"] for card in cards if card["id"] == one["id"]})
                if shown != [price]:
                    words = f"{price} was committed {LIMIT * 1000:.0f} ms ago, and a home shows {shown}"
                    wrong.append(Finding(words, (reply.operation.id,)))

        async with lab.clients(4).running(look):
            await asyncio.sleep(0.1)
            # One a server: of these, one may be dead.
            await lab.clients(2).each(1, change)
            if not done.is_set():
                raise LabError(f"the price of {one['sku']} could not be changed")
            await asyncio.sleep(LIMIT)
            await lab.clients(6).each(2, judged)
        if trial % 2:
            await app.restart()
    return judge(*wrong[:1], homes=seen, untried=None if seen else "no home was answered")


def _variant(sku: str, price: int) -> dict[str, Any]:
    return {"sku": sku, "prices": [{"currency": "EUR", "amount": price}]}


async def _reprice(client: Client, path: str, variant: dict[str, Any], done: asyncio.Event) -> None:
    """Change a price, unless somebody has; it may have to be asked for again."""
    for _ in range(_PATIENCE):
        read = None if done.is_set() else await client.get(path)
        if read is not None and read.ok and not done.is_set():
            etag = {"If-Match": read.headers["etag"]}
            changed = await client.request("PATCH", path, json={"variants": [variant]}, headers=etag)
            if changed.ok:
                done.set()
        if done.is_set():
            return
        await asyncio.sleep(0.1)


@home_tells_what_was_committed.sabotage("keep the home for its five minutes, whatever is committed")
def keep(patch: Patch) -> None:
    """A cache that nobody tells."""

    def moved(keeper: Keeper, uow: UnitOfWork, shop_id: UUID) -> None:
        del keeper, uow, shop_id

    patch(Keeper, "moved", moved)
