"""What drops promise, on two servers of which one is killed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from backstay.kernel.actor import Actor
from backstay.kernel.database import Database, UnitOfWork
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
from backstay.products.commerce import shops
from backstay.products.commerce.drops import service
from backstay.products.commerce.drops.contracts import DropPlace, DropState
from backstay.products.commerce.drops.queries import drops as drop_queries
from backstay.products.commerce.drops.queries import places as queries
from backstay.products.commerce.drops.service import queueing
from backstay.products.commerce.drops.service.tokens import Drops

_AT_ONCE: Final = 2
_EARLY: Final = 9
_LATE: Final = 5
_SECONDS: Final = 60
_PATIENCE: Final = 300
_ROUNDS: Final = 40
_EARLIER: Final = timedelta(hours=1)
"""How long before it opens the first ones come."""
_NOBODY: Final = {"Authorization": ""}
_TRY_AGAIN: Final = frozenset({None, 408, 429, 500, 502, 503, 504})
_IN_FLIGHT: Final = "idempotency_key_in_flight"
_QUICK: Final = {"BACKSTAY_IDEMPOTENCY_LEASE": "1s"}


class _Rush:
    """A shop with a drop, and what its shoppers were told."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self.slug = lab.unique("drops").lower().replace("_", "-")
        self.drop = ""
        self.variant = ""
        self.tokens: list[str] = []
        self.done: set[str] = set()
        """Tokens of places that bought, lapsed or ended."""
        self.findings: list[Finding] = []
        self.refused: Counter[str] = Counter()

    @property
    def queue(self) -> str:
        """The queue's path."""
        return f"/v1/store/{self.slug}/drops/{self.drop}"

    async def open(self) -> None:
        """Open the shop, and a drop that opens in an hour."""
        shop = {"slug": self.slug, "name": self.slug, "currency": "EUR", "country": "DE"}
        opened = (await self.manage("POST", "/v1/shops", shop))["created_at"]
        path = f"/v1/shops/{self.slug}"
        place = await self.manage("POST", f"{path}/inventory/locations", {"name": "here"})
        goods = {
            "title": "Boots",
            "variants": [{"sku": "boots", "prices": [{"currency": "EUR", "amount": 500}]}],
            "published_from": "2020-01-01T00:00:00Z",
        }
        self.variant = (await self.manage("POST", f"{path}/products", goods))["variants"][0]["id"]
        stock = {"variant_id": self.variant, "location_id": place["id"], "by": 1000, "reason": "delivered"}
        await self.manage("POST", f"{path}/inventory/adjustments", stock)
        drop = {
            "name": "Boots",
            "variants": [self.variant],
            "opens_at": (datetime.fromisoformat(opened) + _EARLIER).isoformat(),
            "at_once": _AT_ONCE,
            "seconds": _SECONDS,
        }
        self.drop = (await self.manage("POST", f"{path}/drops", drop))["id"]

    async def manage(self, method: str, path: str, body: Any) -> Any:
        """What the merchant is answered."""
        answers: list[Any] = []

        async def ask(client: Client) -> None:
            status, answer = await _insist(client, method, path, body, {}, key=client.unique("key"))
            if not 200 <= status < 300:
                raise LabError(f"{method} {path} was answered with {status}: {answer}")
            answers.append(answer)

        await self._lab.clients(1).each(1, ask)
        return answers[0]

    async def join(self, client: Client) -> None:
        """Take a guest's place."""
        status, answer = await _insist(client, "POST", f"{self.queue}/places", None, _NOBODY)
        if status != 201:
            raise LabError(f"joining was answered with {status}: {answer}")
        self.tokens.append(answer["token"])

    async def look(self, client: Client) -> None:
        """Look at all places that are not done, in any order; who has a turn may buy, twice at once."""
        for token in client.random.sample(self.tokens, len(self.tokens)):
            if token in self.done:
                continue
            headers = {**_NOBODY, "X-Drop-Place": token}
            reply = await client.request("GET", f"{self.queue}/place", headers=headers, name="GET place")
            if not reply.ok:
                continue
            if reply["state"] in {"bought", "lapsed"}:
                self.done.add(token)
            if reply["state"] == "admitted" and client.random.random() < 0.5:
                await self.buy(client, token)
                await self.buy(client, token)
        await self.buy(client, None)

    async def buy(self, client: Client, token: str | None) -> None:
        """Fill a cart and complete it."""
        store = f"/v1/store/{self.slug}/carts"
        body = {"email": "ada@example.test", "lines": [{"variant_id": self.variant, "quantity": 1}]}
        status, made = await _insist(client, "POST", store, body, _NOBODY)
        if status != 201:
            raise LabError(f"a cart was answered with {status}: {made}")
        asked = {
            "cart_version": made["cart"]["version"],
            "expected_total": made["totals"]["total"],
            "return_url": "https://shop.example/thanks",
            "place": token,
        }
        path = f"{store}/{made['cart']['id']}/checkout"
        headers = {**_NOBODY, "X-Cart-Token": made["token"]}
        status, answer = await _insist(client, "POST", path, asked, headers, key=client.unique("checkout"))
        if status == 201 and token is None:
            self.findings.append(Finding("somebody bought without a place"))
        if status != 201:
            self.refused[f"{status} {answer.get('code')}"] += 1

    async def sample(self, app: Server) -> list[Any]:
        """All places as one statement sees them, judged."""
        page = await app.get(f"/v1/shops/{self.slug}/drops/{self.drop}/places?limit=100")
        places = list(page["items"])
        states = [one["state"] for one in places]
        if states.count("admitted") > _AT_ONCE:
            self.findings.append(
                Finding(f"{states.count('admitted')} of {_AT_ONCE} had their turn at a time")
            )
        if "waiting" in states and set(states[states.index("waiting") :]) != {"waiting"}:
            self.findings.append(Finding(f"somebody was let in before somebody ahead of them: {states}"))
        return places


async def _insist(
    client: Client, method: str, path: str, body: Any, headers: Mapping[str, str], *, key: str | None = None
) -> tuple[int, Any]:
    sent = {**headers, **({"Idempotency-Key": key} if key else {})}
    for _ in range(_PATIENCE):
        reply = await client.request(method, path, json=body, headers=sent, about=key or path)
        under_way = reply.status == 409 and reply["code"] in {_IN_FLIGHT, "lost_race", "commit_unknown"}
        if reply.status not in _TRY_AGAIN and not under_way:
            return reply.status or 0, reply.json
        await asyncio.sleep(0.05)
    raise LabError(f"{method} {path} was not answered in {_PATIENCE} tries")


@guarantee(
    "a-drop-lets-in-its-number",
    promise="However many join and look at once on however many servers, and whichever is killed: never more "
    "people have their turn in a drop than it says, nobody before somebody ahead of them, a place buys one "
    "order at most, and without one nothing of it is sold.",
    safety="break",
    faults=["kill", "clock"],
    core=False,  # the core set has a minute for all systems
)
async def a_drop_lets_in_its_number(lab: Lab) -> Verdict:
    """Guests join before and after it opens, look, buy twice and let their time pass; a server is killed."""
    app = await lab.server(processes=2, env=_QUICK)
    rush = _Rush(lab)
    await rush.open()
    await lab.clients(_EARLY, timeout=20).each(1, rush.join)
    lab.move_clock(_EARLIER)
    watching = True

    async def watch() -> None:
        while watching:
            await rush.sample(app)
            await asyncio.sleep(0.02)

    for number in range(_ROUNDS):
        load = asyncio.create_task(lab.clients(4, timeout=20).each(1, rush.look))
        if number == 0:
            await lab.clients(_LATE, timeout=20).each(1, rush.join)
            process = lab.random.choice(list(app.processes))
            await process.kill()
            await process.restart()
        watching = True
        watcher = asyncio.create_task(watch())
        await load
        watching = False
        await watcher
        if {one["state"] for one in await rush.sample(app)} <= {"bought", "lapsed"}:
            break
        lab.move_clock(timedelta(seconds=_SECONDS + 1))
    places = await rush.sample(app)
    orders = [one async for one in app.walk(f"/v1/shops/{rush.slug}/orders?limit=100")]
    bought = [one for one in places if one["state"] == "bought"]
    stuck = [one for one in places if one["state"] in {"waiting", "admitted"}]
    many = len(orders) != len(bought)
    return judge(
        *rush.findings[:3],
        Finding(f"{len(orders)} orders were made, and {len(bought)} places have bought") if many else None,
        Finding(f"{len(stuck)} places are never over") if stuck else None,
        places=len(places),
        orders=len(orders),
        refused=rush.refused.total(),
    )


@a_drop_lets_in_its_number.sabotage("count who has their turn before the drop is locked")
def counted_before(patch: Patch) -> None:
    """What a check in front of a change does; the pause is what a busy server makes of it."""
    look = service.look

    async def look_first(database: Database, actor: Actor, slug: str, drop_id: UUID, token: str) -> DropPlace:
        reader, shop = await shops.enter(database.reader(actor), slug)
        seen = await service.get(reader, shop, drop_id)
        if seen.state is DropState.OPEN and seen.admitted < seen.at_once:
            now = reader.now()
            await asyncio.sleep(0.2)

            async def work(uow: UnitOfWork) -> None:
                drop = await uow.first(drop_queries.LOCK_ANY, id=drop_id)
                assert drop is not None
                await queueing.fill(uow, drop, room=seen.at_once - seen.admitted, now=now)

            await database.run(reader.actor, work)
        return await look(database, actor, slug, drop_id, token)

    patch(service, "look", look_first)


@a_drop_lets_in_its_number.sabotage("let whoever has a turn through, and forget to note that it was used")
def never_used(patch: Patch) -> None:
    """What a gate does that only looks."""

    async def look_only(
        self: Drops,
        uow: UnitOfWork,
        variant_ids: Collection[UUID],
        *,
        place: str | None,
        customer_id: UUID | None,
        source_id: UUID,
    ) -> dict[UUID, UUID]:
        del customer_id, source_id
        gated = await uow.all(drop_queries.GATES, ids=[str(one) for one in variant_ids])
        named = None if place is None else self.named(place)
        if named is not None and (await uow.one(queries.TURN, drop_id=named.drop_id)).taken:
            return {}
        return {one.variant_id: one.drop_id for one in gated}

    patch(Drops, "pass_through", look_only)
