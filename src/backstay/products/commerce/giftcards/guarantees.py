"""What gift cards promise, put to several servers at once and through kills."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from msgspec import structs

from backstay.kernel.database import UnitOfWork, param, statement
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
from backstay.kernel.ids import uuid7
from backstay.products.commerce.giftcards import queries
from backstay.products.commerce.giftcards.contracts import EntryKind, Standing
from backstay.products.commerce.giftcards.queries import GivenBack, Moved, Taken
from backstay.products.commerce.giftcards.service import paying, using
from backstay.products.commerce.giftcards.service.booking import booked
from backstay.products.commerce.giftcards.tables import cards
from backstay.systems.payments import provider

_QUICK: Final = {
    "BACKSTAY_JOBS_LEASE": "1",
    "BACKSTAY_JOBS_POLL": "0.2",
    "BACKSTAY_IDEMPOTENCY_LEASE": "1s",
}
_NOBODY: Final = {"Authorization": ""}
_PRICE: Final = 700
_ON_IT: Final = 3 * _PRICE + 250
"""Three orders and a part of a fourth."""
_TRIES: Final = 150
_WAIT: Final = 0.1
_AGAIN: Final = {None, 408, 429, 500, 502, 503, 504}


class _Counter:
    """A shop of the lab's own organization, and people who pay in it, through the API alone."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self.slug = lab.unique("cards").lower().replace("_", "-")
        self.path = f"/v1/shops/{self.slug}"
        self.variant = ""

    async def open(self) -> None:
        """Open the shop: one thing is for sale, and there is enough of it."""
        await self.manage(
            "POST", "/v1/shops", {"slug": self.slug, "name": self.slug, "currency": "EUR", "country": "DE"}
        )
        place = await self.manage("POST", f"{self.path}/inventory/locations", {"name": "here"})
        goods = {
            "title": "tea",
            "variants": [{"sku": self.slug, "prices": [{"currency": "EUR", "amount": _PRICE}]}],
            "published_from": "2020-01-01T00:00:00Z",
        }
        made = await self.manage("POST", f"{self.path}/products", goods)
        self.variant = str(made["variants"][0]["id"])
        delivery = {"variant_id": self.variant, "location_id": place["id"], "by": 1000, "reason": "new"}
        await self.manage("POST", f"{self.path}/inventory/adjustments", delivery)

    async def manage(self, method: str, path: str, body: Any = None) -> Any:
        """What the merchant is answered; it must go well."""
        answers: list[Any] = []

        async def ask(client: Client) -> None:
            status, answer = await self.insist(client, method, path, body, client.unique("key"))
            if not 200 <= status < 300:
                raise LabError(f"{method} {path} was answered with {status}: {answer}")
            answers.append(answer)

        await self._lab.clients(1).each(1, ask)
        return answers[0]

    async def insist(
        self, client: Client, method: str, path: str, body: Any, key: str, **headers: str
    ) -> tuple[int, Any]:
        """The answer to a request, however often it has to be asked for under its key."""
        sent = {"Idempotency-Key": key, **{name.replace("_", "-"): text for name, text in headers.items()}}
        for _ in range(_TRIES):
            reply = await client.request(method, path, json=body, headers=sent, about=key)
            under_way = reply.status == 409 and reply["code"] == "idempotency_key_in_flight"
            if reply.status not in _AGAIN and not under_way:
                return reply.status or 0, reply.json
            await asyncio.sleep(_WAIT)
        return 0, None

    async def fill(self, client: Client, code: str) -> tuple[str, str, int] | None:
        """A guest's cart with the card in it, if it pays still: its path, its token and its version."""
        store, lines = f"/v1/store/{self.slug}", [{"variant_id": self.variant}]
        body = {"email": f"{client.unique('buyer')}@example.test", "lines": lines}
        key = client.unique("cart")
        status, made = await self.insist(client, "POST", f"{store}/carts", body, key, **_NOBODY)
        if status != 201:
            return None
        path, proof = f"{store}/carts/{made['cart']['id']}", {**_NOBODY, "X_Cart_Token": made["token"]}
        entered, key = {"code": code}, client.unique("card")
        status, seen = await self.insist(client, "POST", f"{path}/gift-cards", entered, key, **proof)
        return path, made["token"], (seen if status == 200 else made)["cart"]["version"]

    async def check_out(self, client: Client, cart: tuple[str, str, int]) -> str | None:
        """Buy a cart; the order's id."""
        path, token, version = cart
        asked = {"cart_version": version, "expected_total": _PRICE, "return_url": "https://shop.example/"}
        proof = {**_NOBODY, "X_Cart_Token": token}
        key = client.unique("order")
        status, answer = await self.insist(client, "POST", f"{path}/checkout", asked, key, **proof)
        return str(answer["order"]["id"]) if status == 201 else None

    async def call_off(self, client: Client, order_id: str) -> None:
        """Cancel an order, whatever becomes of it meanwhile."""
        path = f"{self.path}/orders/{order_id}"
        for _ in range(_TRIES):
            read = await client.get(path)
            if read.ok:
                tag = f'"{read["version"]}"'
                status, _ = await self.insist(
                    client, "POST", f"{path}/cancel", {"reason": "lab"}, client.unique("off"), If_Match=tag
                )
                if status in {200, 409}:
                    return
            await asyncio.sleep(_WAIT)

    async def at_rest(self, app: Server, order_ids: list[str]) -> list[Any]:
        """The orders, once no money is on its way any more, or as they are after a while."""
        orders: list[Any] = []
        for _ in range(_TRIES):
            orders = [(await app.get(f"{self.path}/orders/{one}")).json for one in order_ids]
            if not any(order["refunding"] for order in orders):
                break
            await asyncio.sleep(_WAIT)
        return orders


@guarantee(
    "gift-cards-pay-once",
    promise="However many checkouts race for a gift card, and whatever server is killed: what is on it and "
    "what orders hold of it are what was issued, it comes back once, and every order's money adds up.",
    safety="break",
    faults=["kill"],
    trials=2,
    core=False,  # the core set has a minute for all systems
)
async def gift_cards_pay_once(lab: Lab) -> Verdict:
    """Race for a card, cancel half of what was bought from two sides, and race for what came back."""
    app = await lab.server(processes=2, env=_QUICK)
    counter = _Counter(lab)
    await counter.open()
    findings: list[Finding | None] = []
    bought = 0
    for _ in lab.trials():
        made = await counter.manage("POST", f"{counter.path}/gift-cards", {"amount": _ON_IT})
        card_id, code = made["items"][0]["card"]["id"], made["items"][0]["code"]
        orders: list[str] = []
        ready: list[tuple[str, str, int]] = []

        async def fill(client: Client, code: str = code, ready: list[tuple[str, str, int]] = ready) -> None:
            if (cart := await counter.fill(client, code)) is not None:
                ready.append(cart)

        async def buy(
            client: Client, ready: list[tuple[str, str, int]] = ready, orders: list[str] = orders
        ) -> None:
            if ready and (order_id := await counter.check_out(client, ready.pop())) is not None:
                orders.append(order_id)

        await lab.clients(8, timeout=20).each(1, fill)
        await _under_fire(lab, app, buy)
        findings.append(await _sound(counter, app, card_id, orders))
        gone = orders[: len(orders) // 2]

        async def call_off(client: Client, gone: list[str] = gone) -> None:
            for order_id in client.random.sample(gone, len(gone)):
                await counter.call_off(client, order_id)

        await _under_fire(lab, app, call_off, clients=2)
        findings.append(await _sound(counter, app, card_id, orders))
        await lab.clients(6, timeout=20).each(1, fill)
        await lab.clients(6, timeout=20).each(1, buy)
        findings.append(await _sound(counter, app, card_id, orders))
        bought += len(orders)
    report = (await app.get(f"{counter.path}/invariants")).json
    broken = Finding(f"{report['broken'][0]}") if not report["holds"] else None
    return judge(*findings, broken, orders=bought)


async def _under_fire(lab: Lab, app: Server, work: Any, *, clients: int = 8) -> None:
    """Let many clients do something at once, and kill both servers in the middle."""
    load = asyncio.create_task(lab.clients(clients, timeout=20).each(1, work))
    await asyncio.sleep(lab.random.uniform(0.2, 0.5))
    await app.kill()
    await app.restart()
    await load


async def _sound(counter: _Counter, app: Server, card_id: str, order_ids: list[str]) -> Finding | None:
    """The first thing that is wrong with a card and those who paid with it."""
    orders = await counter.at_rest(app, order_ids)
    card = (await app.get(f"{counter.path}/gift-cards/{card_id}")).json
    lines = [one async for one in app.walk(f"{counter.path}/gift-cards/{card_id}/entries?limit=100")]
    paid = back = 0
    for order in orders:
        if order["refunding"]:
            return Finding(f"{order['refunding']} of order {order['number']} are on their way for ever")
        paid += sum(one["received"] for one in order["payments"] if one["gift_card"])
        back += sum(one["refunded"] for one in order["payments"] if one["gift_card"])
        asked = sum(one["amount"] for one in order["payments"])
        if asked != order["total"] or order["paid"] > order["total"] or order["refunded"] > order["paid"]:
            told = f"{asked} asked, {order['paid']} paid and {order['refunded']} given back"
            return Finding(f"order {order['number']} costs {order['total']}, and {told}")
        if order["status"] == "canceled" and order["refunded"] != order["paid"]:
            return Finding(f"canceled order {order['number']} keeps {order['paid'] - order['refunded']}")
    if card["balance"] < 0 or card["balance"] + paid - back != _ON_IT:
        held = f"{paid - back} are held by orders and {card['balance']} are on it"
        return Finding(f"{_ON_IT} were issued, {held}")
    if card["balance"] != sum(one["amount"] for one in lines):
        return Finding(f"{card['balance']} are on a card whose entries sum up to something else")
    return None


@gift_cards_pay_once.sabotage("trust the balance that was shown last, and write what is left of it")
def written_unconditionally(patch: Patch) -> None:
    """Read, then write, with the whole time between the cart and its checkout for others to pay meanwhile."""
    left: dict[UUID, int] = {}
    write = statement(
        cards.update()
        .where(cards.c.id == param("id"))
        .values(
            balance=param("left", cards.c.balance.type),
            spent=cards.c.initial - param("left", cards.c.balance.type),
            sequence=cards.c.sequence + 1,
        )
        .returning(cards.c.id, cards.c.balance, cards.c.sequence),
        Moved,
    )

    async def take(uow: UnitOfWork, card_id: UUID, order: provider.Order) -> Moved | None:
        left[card_id] -= order.amount
        return await uow.first(write, id=card_id, left=left[card_id])

    def remembered(found: Sequence[Standing], ids: Sequence[UUID]) -> list[Standing]:
        del ids
        return [structs.replace(one, balance=left.setdefault(one.id, one.balance)) for one in found]

    patch(paying, "_take", take)
    patch(using, "_in_order", remembered)


@gift_cards_pay_once.sabotage("book a refund twice")
def given_back_twice(patch: Patch) -> None:
    """The provider is asked, its answer is lost, and it is asked again under another key: here, always."""
    give = paying._give

    async def twice(
        uow: UnitOfWork, taken: Taken, given: Sequence[GivenBack], refund_id: UUID, amount: int
    ) -> GivenBack:
        made = await give(uow, taken, given, refund_id, amount)
        moved = await uow.first(queries.GIVE, id=taken.card_id, amount=amount)
        if moved is not None:
            uow.write(queries.ADD_ENTRY, booked(moved, EntryKind.GIVEN_BACK, amount, fact_id=uuid7()))
        return made

    patch(paying, "_give", twice)
