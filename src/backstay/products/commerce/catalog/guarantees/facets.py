"""The counts of facets, on several processes, while the shop changes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from backstay.kernel.database import Reader
from backstay.kernel.guarantees import Client, Finding, Lab, Patch, Verdict, guarantee, judge
from backstay.products.commerce.catalog.service.index import Index
from backstay.products.commerce.catalog.service.windows import Windows

_BRANDS = ("ash", "beech", "cedar")
_COLOURS = ("Red", "Blue", "Green")


@guarantee(
    "facets-count-the-lists",
    promise="A facet's count is the length of the list that choosing it leads to, and whoever asks is told "
    "what was committed before, on whichever server.",
    safety="probe",
    core=False,  # the core set has a minute for all systems
)
async def facets_count_the_lists(lab: Lab) -> Verdict:
    """Two servers make and change products; then both are asked for counts, and for the lists behind."""
    app = await lab.server(processes=2)
    shop = lab.unique("facets").lower().replace("_", "-")
    mine, store = f"/v1/shops/{shop}", f"/v1/store/{shop}/products"

    async def open_shop(client: Client) -> None:
        await client.post("/v1/shops", json={"slug": shop, "name": shop, "currency": "EUR", "country": "DE"})
        for name in _BRANDS:
            await client.post(f"{mine}/brands", json={"name": name.capitalize()})

    await lab.clients(1).each(1, open_shop)
    present: dict[str, tuple[str, str]] = {}
    findings: list[Finding | None] = []

    async def write(client: Client) -> None:
        brand, colour = client.random.choice(_BRANDS), client.random.choice(_COLOURS)
        made = await client.request(
            "POST", f"{mine}/products", json=_product(client, brand, colour), name="POST product"
        )
        if not made.ok:
            return
        present[made["id"]] = brand, colour
        if client.random.random() < 0.5:
            brand = client.random.choice(_BRANDS)
            one = f"{mine}/products/{made['id']}"
            etag = {"If-Match": made.headers["etag"]}
            changed = await client.request(
                "PATCH", one, json={"brand": brand}, headers=etag, name="PATCH product"
            )
            if changed.ok:
                present[made["id"]] = brand, colour
        # Whoever was just answered finds what was written, wherever the question goes.
        seen = await client.get(f"{store}?limit=1&facets=false&q={made['title']}")
        if seen.ok and seen["total"] != 1:
            told = f"{made['title']} was made, and a search found {seen['total']} of it"
            findings.append(Finding(told, (made.operation.id, seen.operation.id)))

    await lab.clients(6).each(8, write)

    async def compare(client: Client) -> None:
        chosen = client.random.choice(_COLOURS)
        answer = await client.get(f"{store}?limit=1&option=Colour:{chosen}")
        facets = answer["facets"]
        for one in facets["brands"]:
            true = sum(pair == (one["slug"], chosen) for pair in present.values())
            behind = await client.get(f"{store}?limit=100&brand={one['slug']}&option=Colour:{chosen}")
            findings.append(_agree(chosen, one, true, behind))
        counted = {one["value"]: one["count"] for one in facets["options"][0]["values"]}
        expected = {
            colour: count
            for colour in _COLOURS
            if (count := sum(pair[1] == colour for pair in present.values()))
        }
        if counted != expected:
            findings.append(Finding(f"colours are counted {counted}, and there are {expected}"))

    await lab.clients(4).each(4, compare)
    app_total = (await app.get(f"{store}?limit=1"))["total"]
    if app_total != len(present):
        findings.append(Finding(f"{len(present)} products were made, and {app_total} are listed"))
    return judge(*findings, products=len(present), compared=len(findings))


def _product(client: Client, brand: str, colour: str) -> dict[str, Any]:
    sku = client.unique("sku")
    word = sku.replace("-", "").replace("_", "")
    return {
        "title": f"w{word}",
        "brand": brand,
        "options": ["Colour"],
        "published_from": "2020-01-01T00:00:00Z",
        "variants": [{"sku": sku, "options": [colour], "prices": [{"currency": "EUR", "amount": 100}]}],
    }


def _agree(chosen: str, facet: dict[str, Any], true: int, behind: Any) -> Finding | None:
    if facet["count"] == true == behind["total"] == len(behind["items"]):
        return None
    return Finding(
        f"{facet['slug']} among {chosen} is counted {facet['count']}, the list behind it has "
        f"{len(behind['items'])} of {behind['total']}, and there are {true}",
        (behind.operation.id,),
    )


@facets_count_the_lists.sabotage("hold the window for as long as the process lives")
def hold(patch: Patch) -> None:
    """A cache in each process that nobody tells of the other's changes."""
    of = Windows.of

    async def first(windows: Windows, reader: Reader, shop_id: UUID) -> Index:
        held = windows._held.get(shop_id)
        return await of(windows, reader, shop_id) if held is None else held

    patch(Windows, "of", first)
