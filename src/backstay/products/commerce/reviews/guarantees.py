"""What reviews promise, put to several servers at once and through kills."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from backstay.kernel.database import UnitOfWork, param, statement
from backstay.kernel.guarantees import Client, Finding, Lab, Patch, Server, Verdict, guarantee, judge
from backstay.products.commerce.reviews.contracts import ReviewSettings, Tally
from backstay.products.commerce.reviews.service import keeping
from backstay.products.commerce.reviews.service.rating import bayesian
from backstay.products.commerce.reviews.tables import ratings

_LINES: Final = 10
"""Of each of two products, in one order: so many reviews there can be."""
_QUICK: Final = {"BACKSTAY_JOBS_LEASE": "1", "BACKSTAY_JOBS_POLL": "0.2", "BACKSTAY_IDEMPOTENCY_LEASE": "1s"}
_PATIENCE: Final = 60
_STARS: Final = Tally.__struct_fields__


class _Stall:
    """A shop of two products, one buyer who got every variant of both, and what is said of them."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        slug = lab.unique("stall").lower().replace("_", "-")
        self.mine, self.store = f"/v1/shops/{slug}", f"/v1/store/{slug}"
        self.products: list[str] = []
        self.order = ""
        self.token = ""

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Something that must go well."""
        answer: list[Any] = []

        async def once(client: Client) -> None:
            sent = {"Idempotency-Key": client.unique("key"), **headers}
            answer.append(await client.request(method, path, json=body, headers=sent))

        await self._lab.clients(1).each(1, once)
        assert answer[0].ok, f"{method} {path}: {answer[0].status} {answer[0].body!r}"
        return answer[0].json if answer[0].body else None

    async def open(self) -> None:
        """Open the shop, sell one of everything for nothing, and send it."""
        slug = self.mine.rpartition("/")[2]
        await self.ask("POST", "/v1/shops", {"slug": slug, "name": slug, "currency": "EUR", "country": "DE"})
        lines = []
        for title in ("left", "right"):
            product = await self.ask("POST", f"{self.mine}/products", _product(title))
            self.products.append(product["id"])
            lines += [{"variant_id": one["id"], "quantity": 1} for one in product["variants"]]
        cart = await self.ask(
            "POST", f"{self.store}/carts", {"email": "buyer@example.test", "lines": lines}, Authorization=""
        )
        made = await self.ask(
            "POST",
            f"{self.store}/carts/{cart['cart']['id']}/checkout",
            {
                "cart_version": cart["cart"]["version"],
                "expected_total": 0,
                "return_url": "https://shop.example/thanks",
            },
            **{"X-Cart-Token": cart["token"], "Authorization": ""},
        )
        self.order, self.token = made["order"]["id"], made["token"]
        tag = f'"{made["order"]["version"]}"'
        await self.ask("POST", f"{self.mine}/orders/{self.order}/fulfilments", {}, **{"If-Match": tag})

    async def say(self, client: Client) -> None:
        """Anything that a buyer or a merchant may do about a review; what it is answered does not matter."""
        line, rating = str(client.random.randint(1, 2 * _LINES)), client.random.randint(1, 5)
        own = f"{self.store}/orders/{self.order}/reviews"
        proof = {"X-Order-Token": self.token}
        made = await client.request(
            "POST", own, json={"line_id": line, "rating": rating}, headers=proof, name="POST review"
        )
        known = made["review_id"] if made.status == 409 and "review_id" in made.json else None
        if known is None:
            return
        seen = await client.request("GET", f"{self.mine}/reviews/{known}", name="GET review")
        if not seen.ok:
            return
        tag = {"If-Match": f'"{seen["version"]}"'}
        what = client.random.choice(("PATCH", "DELETE", "publish", "reject", "reject"))
        if what in {"PATCH", "DELETE"}:
            change = {"rating": rating} if what == "PATCH" else None
            await client.request(
                what, f"{own}/{known}", json=change, headers={**proof, **tag}, name=f"{what} review"
            )
        else:
            said = {"reason": "no"} if what == "reject" else None
            path = f"{self.mine}/reviews/{known}/{what}"
            await client.request("POST", path, json=said, headers=tag, name=f"POST {what}")

    async def compare(self, app: Server, rule: ReviewSettings) -> list[Finding]:
        """What the ratings and the shop's window say that the reviews do not."""
        reviews = [one async for one in app.walk(f"{self.mine}/reviews?limit=100")]
        lines = Counter(one["line_id"] for one in reviews)
        findings = [Finding(f"line {line} has {times} reviews") for line, times in lines.items() if times > 1]
        cards = {one["id"]: one for one in (await app.get(f"{self.store}/products?limit=100"))["items"]}
        for product in self.products:
            said = Counter(
                one["rating"]
                for one in reviews
                if one["product_id"] == product and one["state"] == "published"
            )
            stars = {str(star): said[star] for star in range(1, 6)}
            told = (await app.get(f"{self.store}/reviews/ratings/{product}")).json
            if told["stars"] != stars:
                findings.append(Finding(f"the rating counts {told['stars']}, and the reviews are {stars}"))
            rating = bayesian(Tally(*(said[star] for star in range(1, 6))), rule)
            shown = cards[product]["rating"], cards[product]["rating_count"]
            if not told["rating"] == rating == shown[0] or shown[1] != said.total():
                findings.append(
                    Finding(
                        f"rated {told['rating']}, listed with {shown}; {rating} of {said.total()} is said"
                    )
                )
        return findings


def _product(title: str) -> dict[str, Any]:
    free = [{"currency": "EUR", "amount": 0}]
    return {
        "title": title,
        "options": ["Size"],
        "published_from": "2020-01-01T00:00:00Z",
        "variants": [
            {"sku": f"{title}-{number}", "options": [str(number)], "prices": free} for number in range(_LINES)
        ],
    }


@guarantee(
    "ratings-are-what-reviews-say",
    promise="However many people review a product, change their minds and are moderated at once, and "
    "whatever server is killed in the middle: its rating, its stars and its place in the shop are what its "
    "published reviews say, and a line of an order has one review.",
    safety="break",
    faults=["kill"],
    trials=2,
    core=False,  # the core set has a minute for all systems
)
async def ratings_are_what_reviews_say(lab: Lab) -> Verdict:
    """Race for the reviews of two products, kill both servers, change the rule, and count."""
    app = await lab.server(processes=2, env=_QUICK)
    stall = _Stall(lab)
    await stall.open()
    findings: list[Finding] = []
    for trial in lab.trials():
        load = asyncio.create_task(lab.clients(8, timeout=20).each(8, stall.say))
        await asyncio.sleep(lab.random.uniform(0.2, 0.6))
        await app.kill()
        await app.restart()
        await load
        await lab.clients(6, timeout=20).each(4, stall.say)
        rule = ReviewSettings(prior_mean=3000 + trial, prior_weight=3 + trial)
        during = asyncio.create_task(lab.clients(4, timeout=20).each(3, stall.say))
        body = {"prior_mean": rule.prior_mean, "prior_weight": rule.prior_weight}
        await stall.ask("PUT", f"{stall.mine}/reviews/settings", body)
        await during
        found = await stall.compare(app, rule)
        for _ in range(_PATIENCE):
            # A job rates by the new rule; what the stars say is right at once.
            if not found or any("counts" in one.sentence for one in found):
                break
            await asyncio.sleep(0.5)
            found = await stall.compare(app, rule)
        findings += found
    total = [one async for one in app.walk(f"{stall.mine}/reviews?limit=100")]
    return judge(
        *findings, untried=None if len(total) > 4 else "hardly anything was reviewed", reviews=len(total)
    )


_WHOLE: Final = statement(
    ratings.update()
    .where(ratings.c.product_id == param("product_id"))
    .values({name: param(name, ratings.c[name].type) for name in _STARS})
)


@ratings_are_what_reviews_say.sabotage("keep the stars in the process's memory, and write them whole")
def counted_in_memory(patch: Patch) -> None:
    """A cache that is written through, and that nobody tells of the other server's reviews."""
    known: dict[UUID, Counter[str]] = {}

    async def move(uow: UnitOfWork, product_id: UUID, by: Mapping[str, int]) -> Tally:
        stars = known.setdefault(product_id, Counter())
        stars.update(by)
        tally = Tally(*(max(0, stars[name]) for name in _STARS))
        await uow.execute(_WHOLE, product_id=product_id, **{name: getattr(tally, name) for name in _STARS})
        return tally

    patch(keeping, "_move", move)


@ratings_are_what_reviews_say.sabotage("count a review with the next one's commit")
def counted_behind(patch: Patch) -> None:
    """Written behind, to spare a statement: what is last is never counted, nor what a killed server had."""
    waiting: dict[UUID, list[Mapping[str, int]]] = {}
    move = keeping._move

    async def later(uow: UnitOfWork, product_id: UUID, by: Mapping[str, int]) -> Tally:
        before = waiting.setdefault(product_id, [])
        last = before.pop() if before else dict.fromkeys(_STARS, 0)
        before.append(dict(by))
        return await move(uow, product_id, last)

    patch(keeping, "_move", later)
