"""A shop in the lab and people who buy in it, through the API alone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from backstay.kernel.guarantees import Client, Finding, Lab, LabError, Server

CHECKOUT: Final = "POST checkout"
QUICK: Final = {
    "BACKSTAY_JOBS_LEASE": "1",
    "BACKSTAY_JOBS_POLL": "0.2",
    "BACKSTAY_IDEMPOTENCY_LEASE": "1s",
}
_NOBODY: Final = {"Authorization": ""}
_PATIENCE: Final = 300
_WAIT: Final = 0.1
_TRY_AGAIN: Final = {None, 408, 429, 500, 502, 503, 504}
_IN_FLIGHT: Final = "idempotency_key_in_flight"


class Market:
    """A shop of the lab's own organization, with one location and no taxes."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self.slug = lab.unique("market").lower().replace("_", "-")
        self.path = f"/v1/shops/{self.slug}"
        self.store = f"/v1/store/{self.slug}"
        self.location = ""

    async def open(self) -> None:
        """Open it."""
        shop = {"slug": self.slug, "name": self.slug, "currency": "EUR", "country": "DE"}
        await self.manage("POST", "/v1/shops", shop)
        place = await self.manage("POST", f"{self.path}/inventory/locations", {"name": "here"})
        self.location = place["id"]

    async def offer(self, price: int, units: int) -> str:
        """Goods at a price, so many of them; the variant's id."""
        name = self._lab.unique("goods")
        product = {
            "title": name,
            "variants": [{"sku": name, "prices": [{"currency": "EUR", "amount": price}]}],
            "published_from": "2020-01-01T00:00:00Z",
        }
        made = await self.manage("POST", f"{self.path}/products", product)
        variant = str(made["variants"][0]["id"])
        order = {"variant_id": variant, "location_id": self.location, "by": units, "reason": "delivered"}
        await self.manage("POST", f"{self.path}/inventory/adjustments", order)
        return variant

    async def manage(self, method: str, path: str, body: Any = None) -> Any:
        """What the merchant is answered; insists until it goes well."""
        answers: list[Any] = []

        async def ask(client: Client) -> None:
            status, answer = await insist(client, method, path, body, client.unique("key"))
            if not 200 <= status < 300:
                raise LabError(f"{method} {path} was answered with {status}: {answer}")
            answers.append(answer)

        await self._lab.clients(1).each(1, ask)
        return answers[0]

    async def fill(self, client: Client, **units: int) -> tuple[str, str, Any]:
        """A guest's cart: its path, its token, and what it looks like."""
        lines = [{"variant_id": variant, "quantity": n} for variant, n in units.items()]
        body = {"email": f"{client.unique('buyer')}@example.test", "lines": lines}
        status, made = await insist(client, "POST", f"{self.store}/carts", body, None, headers=_NOBODY)
        if status != 201:
            raise LabError(f"a cart was answered with {status}: {made}")
        return f"{self.store}/carts/{made['cart']['id']}", made["token"], made

    async def check_out(
        self, client: Client, cart: tuple[str, str, Any], key: str | None = None
    ) -> tuple[int, Any]:
        """Make an order of a cart, however often it has to be asked for."""
        path, token, seen = cart
        body = {
            "cart_version": seen["cart"]["version"],
            "expected_total": seen["totals"]["total"],
            "return_url": "https://shop.example/thanks",
        }
        headers = {**_NOBODY, "X-Cart-Token": token}
        key = key or client.unique("checkout")
        return await insist(client, "POST", f"{path}/checkout", body, key, headers=headers, name=CHECKOUT)

    async def pay(self, client: Client, made: Mapping[str, Any]) -> None:
        """Pay on the provider's page, if there is one still."""
        headers = {**_NOBODY, "X-Order-Token": made["token"]}
        where = f"{self.store}/orders/{made['order']['id']}"
        for _ in range(_PATIENCE):
            reply = await client.request("GET", where, headers=headers, name="GET own order")
            if reply.ok and reply["order"]["status"] != "pending":
                return
            url = reply["payment_url"] if reply.ok else None
            if url:
                page = url[url.index("/v1/") :]
                pressed = await client.request("POST", f"{page}/pay", headers=_NOBODY, name="press pay")
                if pressed.status is not None and pressed.status < 500:
                    return
            await asyncio.sleep(_WAIT)
        raise LabError(f"order {made['order']['id']} got no page")

    async def orders(self, app: Server) -> list[Any]:
        """All orders."""
        return [one async for one in app.walk(f"{self.path}/orders?limit=100")]

    async def order(self, app: Server, order_id: str) -> Any:
        """One order."""
        return (await app.get(f"{self.path}/orders/{order_id}")).json

    async def levels(self, app: Server) -> dict[str, tuple[int, int]]:
        """By variant, what is there and what is reserved."""
        found = [one async for one in app.walk(f"{self.path}/inventory/levels?limit=100")]
        return {one["variant_id"]: (one["on_hand"], one["reserved"]) for one in found}

    async def broken(self, app: Server) -> Finding | None:
        """The first rule that does not hold."""
        report = (await app.get(f"{self.path}/invariants")).json
        if report["holds"]:
            return None
        one = report["broken"][0]
        return Finding(
            f"{one['rule']}: {one['subject']} is {one['is_now']!r} and should be {one['should_be']!r}"
        )


async def insist(
    client: Client,
    method: str,
    path: str,
    body: Any,
    key: str | None,
    *,
    headers: Mapping[str, str] | None = None,
    name: str | None = None,
) -> tuple[int, Any]:
    """The answer to a request, however often it has to be asked for under its key."""
    sent = {**(headers or {}), **({"Idempotency-Key": key} if key else {})}
    for _ in range(_PATIENCE):
        reply = await client.request(method, path, json=body, headers=sent, about=key or path, name=name)
        if reply.status not in _TRY_AGAIN and not _under_way(reply.status, reply.json):
            return reply.status or 0, reply.json
        await asyncio.sleep(_WAIT)
    raise LabError(f"{method} {path} was not answered in {_PATIENCE} tries")


def _under_way(status: int | None, answer: Any) -> bool:
    return status == 409 and isinstance(answer, dict) and answer.get("code") == _IN_FLIGHT
