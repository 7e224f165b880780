"""An import whose server is killed in the middle, and its undo likewise."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from backstay.kernel.guarantees import Client, Finding, Lab, Patch, Server, Verdict, guarantee, judge
from backstay.products.commerce.catalog.queries import files as queries
from backstay.products.commerce.catalog.service import importing
from backstay.products.commerce.catalog.service.reading import Parsed
from backstay.systems.jobs import JobContext

_QUICK: Final = {
    "BACKSTAY_JOBS_LEASE": "1",
    "BACKSTAY_JOBS_SOFT_DEADLINE": "0.2",
    "BACKSTAY_JOBS_POLL": "0.2",
}
_PRODUCTS: Final = 400
_BEFORE: Final = 12
_PATIENCE: Final = 600


@guarantee(
    "imports-resume-and-undo-exactly",
    promise="An import whose server is killed goes on where it was: every product of the file is there once, "
    "whole, or has its fault told; and its undo puts the shop back exactly as it was.",
    safety="break",
    faults=["kill"],
    core=False,  # the core set has a minute for all systems
)
async def imports_resume_and_undo_exactly(lab: Lab) -> Verdict:
    """Kill the server within an import and its undo; compare the shop with the file, and with before."""
    app = await lab.server(env=_QUICK)
    shop = lab.unique("files").lower().replace("_", "-")
    mine = f"/v1/shops/{shop}"

    async def open_shop(client: Client) -> None:
        await client.post("/v1/shops", json={"slug": shop, "name": shop, "currency": "EUR", "country": "DE"})
        for number in range(_BEFORE):
            await client.post(f"{mine}/products", json=_product(number * 30, amount=1))

    await lab.clients(1).each(1, open_shop)
    before = await _products(app, mine)
    file = [_product(number, amount=500 + number) for number in range(_PRODUCTS)]
    file[7]["variants"][0]["prices"][0]["currency"] = "XXX"
    asked: list[str] = []

    async def ask(client: Client) -> None:
        body = {"format": "json", "content": msgspec.json.encode(file).decode()}
        answer = await client.post(f"{mine}/imports", json=body)
        asked.append(answer["id"])

    await lab.clients(1).each(1, ask)
    one = f"{mine}/imports/{asked[0]}"
    killed_at = (await _until(app, one, lambda seen: seen["done"] > 0))["done"]
    await app.kill()
    await app.restart()
    done = await _until(app, one, lambda seen: seen["state"] in ("done", "failed"))
    after = await _products(app, mine)
    findings = [_counted(done), _like_the_file(after, file)]

    async def undo(client: Client) -> None:
        await client.post(f"{one}/undo", json=None)

    await lab.clients(1).each(1, undo)
    await asyncio.sleep(lab.random.uniform(0.2, 0.6))
    await app.kill()
    await app.restart()
    undone = await _until(app, one, lambda seen: seen["state"] == "undone")
    restored = await _products(app, mine)
    if restored != before:
        differ = sorted(slug for slug in restored.keys() | before if restored.get(slug) != before.get(slug))
        findings.append(Finding(f"after the undo, {len(differ)} products differ from before: {differ[:5]}"))
    if undone["kept"]:
        findings.append(Finding(f"the undo left {undone['kept']} products alone, and nobody had changed any"))
    return judge(
        *findings,
        untried=None if killed_at < _PRODUCTS else "the import was done before the server was killed",
        killed_at=killed_at,
        products=len(after),
    )


def _product(number: int, *, amount: int) -> dict[str, Any]:
    return {
        "title": f"Product {number}",
        "slug": f"product-{number}",
        "options": ["Size"],
        "published_from": "2020-01-01T00:00:00Z",
        "variants": [
            {
                "sku": f"P{number}-{size}",
                "options": [size],
                "prices": [{"currency": "EUR", "amount": amount}],
            }
            for size in "SM"
        ],
    }


async def _products(app: Server, mine: str) -> dict[str, Any]:
    """Everything that a merchant sees of each, but for the version and when it was changed."""
    found: dict[str, Any] = {}
    async for one in app.walk(f"{mine}/products?limit=100&sort=title"):
        product = (await app.get(f"{mine}/products/{one['id']}")).json
        found[product["slug"]] = {
            name: value for name, value in product.items() if name not in ("version", "updated_at")
        }
    return found


async def _until(app: Server, path: str, ready: Any) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for _ in range(_PATIENCE):
        seen = (await app.get(path)).json
        if ready(seen):
            break
        await asyncio.sleep(0.05)
    return seen


def _counted(done: dict[str, Any]) -> Finding | None:
    expected = {
        "state": "done",
        "done": _PRODUCTS,
        "created": _PRODUCTS - _BEFORE - 1,
        "changed": _BEFORE,
        "unchanged": 0,
        "refused": 1,
        "faults": 1,
    }
    told = {name: done[name] for name in expected}
    return None if told == expected else Finding(f"the import says {told}, and the file has {expected}")


def _like_the_file(after: dict[str, Any], file: Sequence[dict[str, Any]]) -> Finding | None:
    wrong = [
        one["slug"]
        for number, one in enumerate(file)
        if (number != 7) != (_amounts(after.get(one["slug"])) == [500 + number] * 2)
    ]
    return Finding(f"{len(wrong)} products are not as in the file: {wrong[:5]}") if wrong else None


def _amounts(product: dict[str, Any] | None) -> list[int]:
    return [price["amount"] for one in (product or {}).get("variants", ()) for price in one["prices"]]


@imports_resume_and_undo_exactly.sabotage("tell how far it is first, and import in a commit of its own")
def told_first(patch: Patch) -> None:
    """Who is killed between the two goes on behind what was never imported."""

    async def apart(
        context: JobContext, task: queries.Task, start: int, some: Sequence[Parsed]
    ) -> importing.Outcome:
        async with context.transaction() as uow:
            early = importing.Outcome(len(some), 0, 0, 0, [])
            await importing.count(uow, task, start, len(some), early, 0)
        await asyncio.sleep(0.4)
        async with context.transaction() as uow:
            return await importing.take(uow, task, start, some)

    patch(importing, "step", apart)
