"""Customers and staff for the checks: they insist until they are answered, as a careful client does."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any, Final

from backstay.kernel.guarantees import Client, Finding, LabError, Server

PATH: Final = "/v1/payments"
QUICK: Final = {
    "BACKSTAY_JOBS_LEASE": "1",
    "BACKSTAY_JOBS_POLL": "0.2",
    "BACKSTAY_IDEMPOTENCY_LEASE": "1s",
}
_PATIENCE: Final = 400
_WAIT: Final = 0.1
_LATER: Final = datetime(2100, 1, 1, tzinfo=UTC).isoformat()
_NOT_NOW: Final = {"idempotency_key_in_flight", "lost_race"}
_TRY_AGAIN: Final = {None, 408, 429, 500, 502, 503, 504}


async def insist(client: Client, path: str, body: Any, key: str) -> tuple[int, Any]:
    """The answer to a change, however often it has to be asked for under its key."""
    for _ in range(_PATIENCE):
        reply = await client.post(path, json=body, headers={"Idempotency-Key": key}, about=key)
        if reply.status not in _TRY_AGAIN and not (reply.status == 409 and reply["code"] in _NOT_NOW):
            return reply.status or 0, reply.json
        await asyncio.sleep(_WAIT)
    raise LabError(f"{path} was not answered in {_PATIENCE} tries")


async def ask_for(client: Client, amount: int, **more: Any) -> str:
    """A payment's id."""
    key = client.unique("payment")
    body = {
        "subject_id": key,
        "amount": amount,
        "currency": "EUR",
        "description": key,
        "return_url": "https://shop.example/thanks",
        "expires_at": _LATER,
        **more,
    }
    status, payment = await insist(client, PATH, body, key)
    if status != 201:
        raise LabError(f"a payment was answered with {status}: {payment}")
    return str(payment["id"])


async def page_of(client: Client, payment_id: str) -> str:
    """The path of the page to pay on, once it is there."""
    for _ in range(_PATIENCE):
        reply = await client.get(f"{PATH}/{payment_id}")
        if reply.status == 200 and reply["payment"]["session_url"]:
            url = str(reply["payment"]["session_url"])
            return url[url.index("/v1/") :]
        await asyncio.sleep(_WAIT)
    raise LabError(f"payment {payment_id} got no page")


async def press(client: Client, page: str, choice: str) -> str:
    """What the customer presses; where the page sends them."""
    for _ in range(_PATIENCE):
        reply = await client.post(f"{page}/{choice}", json=None)
        if reply.status == 303:
            location = reply.headers["location"]
            return location[location.index("/v1/") :] if "/v1/" in location else location
        await asyncio.sleep(_WAIT)
    raise LabError("the page was not answered")


async def settled(app: Server, payment_id: str, *, refunds: bool = False) -> Any:
    """The payment's story once nothing is under way any more, or as it is after a while."""
    story: Any = None
    for _ in range(_PATIENCE // 2):
        story = (await app.get(f"{PATH}/{payment_id}")).json
        payment = story["payment"]
        over = payment["status"] in {"succeeded", "in_review", "canceled", "expired", "failed"}
        if over and not (refunds and payment["refunding"]):
            return story
        await asyncio.sleep(_WAIT)
    return story


def books(story: Any) -> Finding | None:
    """Whether the ledger adds up, and says what the payment says."""
    payment, sums = story["payment"], dict[str, int]()
    for entry in story["entries"]:
        sums[entry["account"]] = sums.get(entry["account"], 0) + entry["amount"]
    expected = {
        "customers": payment["refunded"] - payment["captured"],
        "held:mock": payment["captured"] - payment["refunded"] - payment["refunding"],
        "refunding:mock": payment["refunding"],
    }
    found = {account: sums.get(account, 0) for account in expected}
    if found == expected and sum(sums.values()) == 0:
        return None
    return Finding(f"payment {payment['id']}: the books say {found}, the payment {expected}")
