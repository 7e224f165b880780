"""Prices of a group of customers, against everybody who is not in it."""

from __future__ import annotations

import asyncio
from typing import Any, Final
from uuid import UUID

from backstay.kernel.database import Reader
from backstay.kernel.guarantees import Client, Finding, Lab, LabError, Patch, Verdict, guarantee, judge
from backstay.products.commerce.catalog.service import groups

_NOBODY: Final = {"Authorization": ""}
_MAIL: Final = "member@example.test"
"""An address in the group that no account has shown to be its own."""
_OWN: Final = 1_000
_GROUPS: Final = 700
_PATIENCE: Final = 40


@guarantee(
    "a-groups-prices-are-its-members",
    promise="A price of a group of customers is given to nobody who is not in it: to no guest, whatever "
    "address they type, and to no account that was taken out, on whichever server, also while servers are "
    "killed.",
    safety="break",
    faults=["kill"],
    trials=4,
    core=False,  # the core set has a minute for all systems
)
async def a_groups_prices_are_its_members(lab: Lab) -> Verdict:
    """A member and guests ask for the same product at once; then the member is taken out, and asks again."""
    app = await lab.server(processes=2)
    slug = lab.unique("groups").lower().replace("_", "-")
    shop, window = f"/v1/shops/{slug}", f"/v1/store/{slug}"
    me = (await app.get("/v1/session"))["actor"]["id"]
    await _ask(lab, "/v1/shops", {"slug": slug, "name": slug, "currency": "EUR", "country": "DE"})
    sku = {"sku": slug, "prices": [{"currency": "EUR", "amount": _OWN}]}
    product = {"title": "Mug", "slug": "mug", "published_from": "2020-01-01T00:00:00Z", "variants": [sku]}
    variant = (await _ask(lab, f"{shop}/products", product))["variants"][0]["id"]
    group = await _ask(lab, f"{shop}/customer-groups", {"code": "trade", "name": "Trade"})
    members = f"{shop}/customer-groups/{group['id']}/members"
    await _ask(lab, members, {"mail": _MAIL})
    list_ = await _ask(
        lab, f"{shop}/price-lists", {"name": "Trade", "currency": "EUR", "customer_group": "trade"}
    )
    prices = {"prices": [{"sku": slug, "amount": _GROUPS}]}
    await _ask(lab, f"{shop}/price-lists/{list_['id']}/prices", prices, {"If-Match": '"1"'})
    wrong: list[Finding] = []
    given, guests = 0, 0

    async def look(client: Client) -> None:
        """Of the two that ask, one is in the group."""
        nonlocal given, guests
        shown = await _prices(client, window)
        given += any(price == _GROUPS for price, _ in shown)
        others = await _prices(client, window, _NOBODY)
        guests += bool(others)
        wrong.extend(
            Finding("a guest was shown the group's price", (at,)) for price, at in others if price != _OWN
        )
        lines = [{"variant_id": variant, "quantity": 1}]
        cart = await client.request(
            "POST", f"{window}/carts", json={"email": _MAIL, "lines": lines}, headers=_NOBODY
        )
        if cart.ok and cart["totals"]["total"] != _OWN:
            wrong.append(Finding("a guest's cart has the group's price", (cart.operation.id,)))

    async def look_again(client: Client) -> None:
        words = "an account was shown the group's price after it was taken out"
        shown = await _prices(client, window)
        wrong.extend(Finding(words, (at,)) for price, at in shown if price != _OWN)

    for trial in lab.trials():
        member = await _ask(lab, members, {"customer_id": me}, servers=2)
        async with lab.clients(4).running(look):
            await lab.acknowledged(20)
            if trial % 2:
                await app.processes[trial // 2 % 2].kill()
            await _ask(lab, f"{members}/{member['id']}", method="DELETE", servers=2)
        await lab.clients(6).each(2, look_again)
        if trial % 2:
            await app.restart()
    untried = None if given and guests else "no member was given the price, or no guest was answered"
    return judge(*wrong[:1], given=given, guests=guests, untried=untried)


async def _prices(
    client: Client, window: str, headers: dict[str, str] | None = None
) -> list[tuple[int, int]]:
    """What the product's page and the list say that it costs, each with the request that asked."""
    page = await client.request("GET", f"{window}/products/mug", headers=headers)
    listed = await client.request("GET", f"{window}/products", headers=headers)
    found = [(page["variants"][0]["price"], page.operation.id)] if page.ok else []
    if listed.ok:
        found += [(one["price"], listed.operation.id) for one in listed["items"]]
    return found


async def _ask(
    lab: Lab, path: str, body: Any = None, headers: Any = None, *, method: str = "POST", servers: int = 1
) -> Any:
    """Something that must go well; on each of two servers, of which one may be dead, where twice is once."""
    found: list[Any] = []

    async def once(client: Client) -> None:
        for _ in range(_PATIENCE):
            if found:
                return
            reply = await client.request(method, path, json=body, headers=headers)
            if reply.ok or (method == "DELETE" and reply.status == 404):
                found.append(None if method == "DELETE" else reply.json)
                return
            await asyncio.sleep(0.1)

    await lab.clients(servers).each(1, once)
    if not found:
        raise LabError(f"{method} {path} was not answered")
    return found[0]


@a_groups_prices_are_its_members.sabotage("keep who was asked for last, and give that to the next")
def kept_for_others(patch: Patch) -> None:
    """A cache of memberships whose key forgets whose they are."""
    whose, last = groups.whose, list[dict[str, Any]]()

    async def kept(reader: Reader, customer_id: UUID | None) -> dict[str, Any]:
        if customer_id is not None:
            last[:] = [await whose(reader, customer_id)]
        return last[0] if last else await whose(reader, None)

    patch(groups, "whose", kept)
