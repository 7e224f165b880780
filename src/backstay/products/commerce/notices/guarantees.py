"""Customers who are told of their orders, while servers are killed and events are handed over again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

from backstay.kernel.guarantees import (
    Client,
    Finding,
    Lab,
    LabError,
    Patch,
    Server,
    Verdict,
    guarantee,
    judge,
)
from backstay.products.commerce.notices import service

_QUICK: Final = {"BACKSTAY_JOBS_LEASE": "1", "BACKSTAY_JOBS_POLL": "0.2", "BACKSTAY_IDEMPOTENCY_LEASE": "1s"}
_SUBSCRIPTION: Final = "notices.tell_customer"
_BUYERS: Final = 12
_PATIENCE: Final = 300
_WAIT: Final = 0.1


@guarantee(
    "a-paid-order-is-told-once",
    promise="Whoever's order is paid is mailed so once: also while servers are killed, and when its event is "
    "handed over again.",
    safety="break",
    faults=["kill"],
    core=False,  # the core set has a minute for all systems
)
async def told_once(lab: Lab) -> Verdict:
    """Orders that cost nothing are paid at once; kill a server amidst them, then replay every event."""
    app = await lab.server(processes=2, env=_QUICK)
    shop = lab.unique("told").lower().replace("_", "-")
    variant = await _open(lab, shop)
    bought: list[str] = []
    amidst = asyncio.Event()

    async def buy(client: Client) -> None:
        address = f"{client.unique('ada').lower()}@example.test"
        cart = {"email": address, "lines": [{"variant_id": variant, "quantity": 1}]}
        path = f"/v1/store/{shop}/carts"
        made = await _insist(client, path, cart, {"Authorization": ""})
        order = {
            "cart_version": made["cart"]["version"],
            "expected_total": 0,
            "return_url": "https://shop.example/thanks",
        }
        proof = {"X-Cart-Token": made["token"], "Authorization": ""}
        await _insist(client, f"{path}/{made['cart']['id']}/checkout", order, proof)
        bought.append(address)
        if len(bought) >= _BUYERS // 3:
            amidst.set()

    async def interrupt() -> None:
        await amidst.wait()
        await app.processes[0].kill()
        await app.restart()

    await asyncio.gather(lab.clients(4).each(_BUYERS // 4, buy), interrupt())
    await _until_told(app, bought)

    async def replay(client: Client) -> None:
        await _insist(client, f"/v1/event-subscriptions/{_SUBSCRIPTION}/replays", {"first": 1}, {})

    await lab.clients(1).each(1, replay)
    replays = await _until_replayed(app)
    told = await _told(app)
    wrong = [
        Finding(f"{address} was mailed {told[address]} times") for address in bought if told[address] != 1
    ]
    return judge(*wrong, orders=len(bought), handed_over_again=replays)


async def _open(lab: Lab, shop: str) -> str:
    """A shop with one thing that costs nothing; its variant."""
    found: list[str] = []

    async def work(client: Client) -> None:
        new = {"slug": shop, "name": shop, "currency": "EUR", "country": "DE"}
        await _insist(client, "/v1/shops", new, {})
        product = {
            "title": "A word of thanks",
            "published_from": "2020-01-01T00:00:00Z",
            "variants": [{"sku": "thanks", "prices": [{"currency": "EUR", "amount": 0}]}],
        }
        made = await _insist(client, f"/v1/shops/{shop}/products", product, {})
        found.append(made["variants"][0]["id"])

    await lab.clients(1).each(1, work)
    return found[0]


async def _insist(client: Client, path: str, body: Any, headers: Mapping[str, str]) -> Any:
    """What a POST is answered once it goes well; one key, so that it is done once."""
    key = {"Idempotency-Key": client.unique("key"), **headers}
    for _ in range(_PATIENCE):
        reply = await client.request("POST", path, json=body, headers=key)
        if reply.ok:
            return reply.json
        if reply.status is not None and 400 <= reply.status < 500 and reply.status not in {409, 429}:
            raise LabError(f"POST {path} was answered with {reply.status}: {reply.body!r}")
        await asyncio.sleep(_WAIT)
    raise LabError(f"POST {path} did not go well in time")


async def _told(app: Server) -> Counter[str]:
    """How many thanks each address was sent."""
    mails = [one async for one in app.walk("/v1/mail/messages?template=notices.paid&limit=100")]
    return Counter(str(one["to_address"]) for one in mails)


async def _until_told(app: Server, bought: list[str]) -> None:
    for _ in range(_PATIENCE):
        told = await _told(app)
        if all(told[address] for address in bought):
            return
        await asyncio.sleep(_WAIT)


async def _until_replayed(app: Server) -> int:
    """Wait for the end of the replay; how many events it handed over."""
    for _ in range(_PATIENCE):
        (replay,) = (await app.get("/v1/event-replays"))["items"]
        if replay["state"] == "done" and not await _works(app):
            return int(replay["events"])
        await asyncio.sleep(_WAIT)
    raise LabError("the replay did not end in time")


async def _works(app: Server) -> bool:
    """Whether any job waits or runs: what was handed over is done by jobs."""
    for state in ("ready", "running"):
        if (await app.get(f"/v1/jobs?state={state}&limit=1"))["items"]:
            return True
    return False


@told_once.sabotage("send a mail whenever an event comes, whatever was sent before")
def without_memory(patch: Patch) -> None:
    """Keys that never come twice."""
    patch(service, "key_of", lambda _event: uuid4().hex)
