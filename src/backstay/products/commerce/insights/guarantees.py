"""What insights promise, as a check that anybody can run."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from backstay.kernel.database import UnitOfWork
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
from backstay.products.commerce.insights.queries.counting import Known
from backstay.products.commerce.insights.service import counting

_QUICK: Final = {
    "BACKSTAY_JOBS_LEASE": "1",
    "BACKSTAY_JOBS_POLL": "0.2",
    "BACKSTAY_IDEMPOTENCY_LEASE": "1s",
    "PAYMENTS_URL": "mock://?seed=7&duplicates=0.3",
}
_ZONE: Final = "Europe/Berlin"
_NOBODY: Final = {"Authorization": ""}
_PATIENCE: Final = 300
_WAIT: Final = 0.1
_SETTLED: Final = 40.0
"""Seconds until the sums have to agree, once nobody buys any more."""
_AGAIN: Final = {None, 408, 409, 429, 500, 502, 503, 504}


class _Stall:
    """A shop of the lab's own organization that sells two things at two prices."""

    def __init__(self, lab: Lab) -> None:
        self.slug = lab.unique("stall").lower().replace("_", "-")
        self.path = f"/v1/shops/{self.slug}"
        self.store = f"/v1/store/{self.slug}"
        self.variants: list[str] = []
        self.made: list[dict[str, Any]] = []
        self._lab = lab

    async def open(self) -> None:
        """Open it."""
        shop = {"slug": self.slug, "name": self.slug, "currency": "EUR", "country": "DE"}
        await self._manage("POST", "/v1/shops", {**shop, "time_zone": _ZONE})
        for price in (0, 1999):
            name = self._lab.unique("goods")
            product = {
                "title": name,
                "variants": [{"sku": name, "prices": [{"currency": "EUR", "amount": price}]}],
                "published_from": "2020-01-01T00:00:00Z",
            }
            made = await self._manage("POST", f"{self.path}/products", product)
            self.variants.append(made["variants"][0]["id"])

    async def rebuild(self) -> None:
        """Have the sums made anew."""
        await self._manage("POST", "/v1/event-projections/insights.sales/rebuild", None)

    async def _manage(self, method: str, path: str, body: Any) -> Any:
        answers: list[Any] = []

        async def ask(client: Client) -> None:
            answers.append(await _insist(client, method, path, body, client.unique("key")))

        await self._lab.clients(1).each(1, ask)
        return answers[0]

    async def buy(self, client: Client) -> None:
        """Buy something, and pay for it where it costs anything."""
        free = client.random.random() < 0.5
        lines = [{"variant_id": self.variants[0 if free else 1], "quantity": client.random.randint(1, 3)}]
        body = {"email": f"{client.random.randint(1, 5)}@example.test", "lines": lines}
        cart = await _insist(client, "POST", f"{self.store}/carts", body, None, _NOBODY)
        decided = {
            "cart_version": cart["cart"]["version"],
            "expected_total": cart["totals"]["total"],
            "return_url": "https://shop.example/thanks",
        }
        path = f"{self.store}/carts/{cart['cart']['id']}/checkout"
        proof = {**_NOBODY, "X-Cart-Token": cart["token"]}
        made = await _insist(client, "POST", path, decided, client.unique("checkout"), proof)
        self.made.append(made)
        if not free:
            await self._pay(client, made)

    async def _pay(self, client: Client, made: dict[str, Any]) -> None:
        own = {**_NOBODY, "X-Order-Token": made["token"]}
        for _ in range(_PATIENCE):
            reply = await client.request(
                "GET", f"{self.store}/orders/{made['order']['id']}", headers=own, name="GET own order"
            )
            if reply.ok and reply["order"]["status"] != "pending":
                return
            if reply.ok and (url := reply["payment_url"]):
                page = url[url.index("/v1/") :]
                pressed = await client.request("POST", f"{page}/pay", headers=_NOBODY, name="press pay")
                if pressed.status is not None and pressed.status < 500:
                    return
            await asyncio.sleep(_WAIT)

    async def disturb(self, client: Client) -> None:
        """Refund a part of some order, send it, or call it off: whatever can be done with it just then."""
        await asyncio.sleep(client.random.uniform(0.05, 0.3))
        if not self.made:
            return
        path = f"{self.path}/orders/{client.random.choice(self.made)['order']['id']}"
        read = await client.get(path)
        if not read.ok:
            return
        what, body = client.random.choice(
            [
                ("refunds", {"lines": [{"line_id": "1", "quantity": 1}], "reason": "lab"}),
                ("fulfilments", {}),
                ("cancel", {"reason": "lab"}),
            ]
        )
        headers = {"If-Match": f'"{read["version"]}"', "Idempotency-Key": client.unique(what)}
        await client.request("POST", f"{path}/{what}", json=body, headers=headers, name=f"POST {what}")

    async def agreement(self, app: Server) -> Any:
        """What the sums are held against, once they agree or nothing has helped for long."""
        deadline = asyncio.get_running_loop().time() + _SETTLED
        while True:
            found = (await app.get(f"{self.path}/insights/agreement")).json
            if found["agrees"] or asyncio.get_running_loop().time() > deadline:
                return found
            await asyncio.sleep(0.3)


async def _insist(
    client: Client,
    method: str,
    path: str,
    body: Any,
    key: str | None,
    headers: dict[str, str] | None = None,
) -> Any:
    """The answer, however often it has to be asked for under its key."""
    sent = {**(headers or {}), **({"Idempotency-Key": key} if key else {})}
    status: int | None = None
    for _ in range(_PATIENCE):
        reply = await client.request(method, path, json=body, headers=sent, about=key or path)
        status = reply.status
        if status is not None and 200 <= status < 300:
            return reply.json
        if status not in _AGAIN:
            break
        await asyncio.sleep(_WAIT)
    raise LabError(f"{method} {path} was answered with {status}")


@guarantee(
    "insights-agree-with-orders",
    promise="Every sum of insights is what the orders' events make of it, to the cent, however orders, "
    "refunds and cancellations race and whatever server is killed, also while the sums are made anew.",
    safety="break",
    faults=["kill"],
    trials=2,
    core=False,  # the core set has a minute for all systems
)
async def insights_agree_with_orders(lab: Lab) -> Verdict:
    """Sell, refund and cancel on two servers, kill them, have the sums made anew; reckon all again."""
    app = await lab.server(processes=2, env=_QUICK)
    stall = _Stall(lab)
    await stall.open()
    for trial in lab.trials():
        load = asyncio.gather(
            lab.clients(3, timeout=20).each(4, stall.buy), lab.clients(2, timeout=20).each(8, stall.disturb)
        )
        await asyncio.sleep(lab.random.uniform(0.6, 1.6))
        if trial % 2:
            await stall.rebuild()
        await app.kill()
        await app.restart()
        await load
    found = await stall.agreement(app)
    wrong = found["broken"][0] if found["broken"] else None
    sold = (await app.get(f"{stall.path}/insights/summary")).json["sales"]
    return judge(
        Finding(f"{wrong['sum']} is {wrong['is_now']} and should be {wrong['should_be']}") if wrong else None,
        Finding("nothing was sold") if not sold["total"] else None,
        orders=found["orders"],
        sums=found["sums"],
    )


@insights_agree_with_orders.sabotage("take every event for news, and add its order to the sums each time")
def add_up_events(patch: Patch) -> None:
    """A counter that is raised by what comes in: right until something comes twice, or changes."""

    async def nothing(
        uow: UnitOfWork, generation: int, shop_id: UUID, ids: Sequence[UUID]
    ) -> dict[UUID, Known]:
        del uow, generation, shop_id, ids
        return {}

    patch(counting, "_known", nothing)
