"""What coupons promise, put to several servers at once and through kills."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from msgspec import structs

from backstay.kernel.database import NOW, LostRace, UnitOfWork, Uuid, param, statement
from backstay.kernel.guarantees import Client, Finding, Lab, Patch, Server, Verdict, guarantee, judge
from backstay.kernel.ids import uuid7
from backstay.products.commerce.coupons.contracts import Applied, Buyer, Goods
from backstay.products.commerce.coupons.queries import claiming as queries
from backstay.products.commerce.coupons.queries.claiming import Candidate
from backstay.products.commerce.coupons.service import by_hand, claiming
from backstay.products.commerce.coupons.tables import claims
from backstay.products.commerce.shops import Shop

_PATIENCE: Final = 300
"""Tries of one purchase: a server that was killed takes a while to come back."""
_STUBBORN: Final = 8
"""Answers of a living server that it lost a race, or is at fault: it would say so for ever."""
_MAILS: Final = tuple(f"{name}@example.test" for name in ("ada", "bob", "cyd"))
_EACH: Final = 2
_TENTH: Final = {"kind": "percent", "ppm": 100_000}
_AGAIN: Final = frozenset({"lost_race", "commit_unknown"})


class _Desk:
    """A shop whose coupons are claimed by hand, through the API alone."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self.url = ""
        self.answers: dict[str, list[Any]] = {}
        """What each purchase was told that it has, every time it asked."""

    async def open(self) -> None:
        """Open the shop."""
        slug = self._lab.unique("coupons").lower().replace("_", "-")
        await self.ask("POST", "/v1/shops", {"slug": slug, "name": slug, "currency": "EUR", "country": "DE"})
        self.url = f"/v1/shops/{slug}/coupons"

    async def coupon(self, code: str, **terms: Any) -> str:
        """A new coupon with one code; its id."""
        made = await self.ask("POST", self.url, {"name": code, "off": _TENTH, **terms})
        await self.ask("POST", f"{self.url}/{made['id']}/codes", {"code": code})
        return str(made["id"])

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Something that must go well."""
        answer: list[Any] = []

        async def once(client: Client) -> None:
            answer.append(await client.request(method, path, json=body, headers=headers))

        await self._lab.clients(1).each(1, once)
        assert answer[0].ok, f"{method} {path}: {answer[0].status}"
        return answer[0].json if answer[0].body else None

    async def insist(self, client: Client, code: str, holder: str, **buyer: str) -> bool:
        """Claim the code for a purchase until the answer is yes or no."""
        line = {"id": "one", "amount": 1000, "product_id": str(UUID(int=7))}
        goods = {"currency": "EUR", "lines": [line]}
        body = {"holder": holder, "codes": [code], "goods": goods, "buyer": buyer}
        answers = 0
        for _ in range(_PATIENCE):
            reply = await client.request("POST", f"{self.url}/claims", json=body, about=holder)
            if reply.ok:
                self.answers.setdefault(holder, []).append(reply["applied"])
                return True
            if reply.status == 409 and reply["code"] not in _AGAIN:
                return False
            answers += reply.status is not None
            if answers == _STUBBORN:
                return False
            await asyncio.sleep(0.05)
        return False

    async def give_back(self, client: Client, holder: str) -> None:
        """Give back what a purchase has until it is given back."""
        answers = 0
        for _ in range(_PATIENCE):
            reply = await client.request("DELETE", f"{self.url}/claims/{holder}", about=holder)
            answers += reply.status is not None
            if reply.status in {204, 404} or answers == _STUBBORN:
                return
            await asyncio.sleep(0.05)

    async def counted(self, app: Server, coupon: str) -> list[dict[str, Any]]:
        """The uses that count."""
        url = f"{self.url}/{coupon}/claims?counted=true&limit=100"
        return [use async for use in app.walk(url)]


async def _under_fire(lab: Lab, app: Server, work: Any, times: int) -> None:
    """Let many clients do something at once, and kill both servers in the middle."""
    load = asyncio.create_task(lab.clients(8).each(times, work))
    await asyncio.sleep(lab.random.uniform(0.05, 0.3))
    await app.kill()
    await app.restart()
    await load


@guarantee(
    "coupon-limit-is-exact",
    promise="However many purchases claim a coupon at once, are tried twice and given back twice, and "
    "whatever server is killed in the middle: a limit of so many uses, in all or a customer, is that many.",
    safety="break",
    faults=["kill"],
    trials=3,
    core=False,  # the core set has a minute for all systems
)
async def coupon_limit_is_exact(lab: Lab) -> Verdict:
    """Race for limited coupons, give half of the uses back from two sides, and race again."""
    app = await lab.server(processes=2)
    desk = _Desk(lab)
    await desk.open()
    findings: list[Finding | None] = []
    for trial in lab.trials():
        limit = 1 if trial == 2 else 6
        code, mine = f"all-{trial}", f"mine-{trial}"
        limited = await desk.coupon(code, limit=limit)
        customers = await desk.coupon(mine, per_customer=_EACH)

        async def buy(client: Client, code: str = code, mine: str = mine) -> None:
            holder, other = str(uuid7()), str(uuid7())
            if await desk.insist(client, code, holder):
                await desk.insist(client, code, holder)
            await desk.insist(client, mine, other, email=client.random.choice(_MAILS))

        await _under_fire(lab, app, buy, 3)
        held = sorted(use["holder"] for use in await desk.counted(app, limited))
        given = held[: len(held) // 2]

        async def undo(client: Client, given: Sequence[str] = given) -> None:
            for holder in given:
                await desk.give_back(client, holder)

        await _under_fire(lab, app, undo, 2)
        await lab.clients(8).each(2, buy)
        findings.append(_exact(await desk.counted(app, limited), limit, desk))
        by_mail = Counter(use["email"] for use in await desk.counted(app, customers))
        if wrong := {mail: uses for mail, uses in by_mail.items() if uses != _EACH}:
            findings.append(Finding(f"{_EACH} uses a customer were allowed, and there are {wrong}"))
        used = (await app.get(f"{desk.url}/{limited}"))["used"]
        if used != limit:
            findings.append(Finding(f"the coupon says that it was used {used} times of {limit}"))
    return judge(*findings, purchases=len(desk.answers))


def _exact(uses: Sequence[dict[str, Any]], limit: int, desk: _Desk) -> Finding | None:
    holders = [use["holder"] for use in uses]
    if len(set(holders)) != len(holders):
        return Finding("one purchase used a coupon more than once")
    if len(holders) != limit:
        return Finding(f"{limit} uses were allowed and wanted, and {len(holders)} count")
    unknown = [holder for holder in holders if holder not in desk.answers]
    return Finding(f"a use counts for {unknown[0]}, which was told no") if unknown else None


@coupon_limit_is_exact.sabotage("count the uses in the process's memory")
def counted_in_memory(patch: Patch) -> None:
    """As a cache in front of the database does."""
    uses: Counter[UUID] = Counter()

    async def take(_uow: UnitOfWork, candidates: Sequence[Candidate]) -> None:
        for candidate in candidates:
            if candidate.limit is not None and uses[candidate.id] >= candidate.limit:
                raise LostRace
            uses[candidate.id] += 1

    patch(claiming, "_take", take)


@coupon_limit_is_exact.sabotage("give back whenever it is asked for")
def given_back_twice(patch: Patch) -> None:
    """A retried cancellation gives back a use that is somebody else's by now."""
    release = statement(
        claims.update()
        .where(claims.c.holder == param("holder", Uuid))
        .values(released_at=NOW, counted=False)
        .returning(claims.c.coupon_id, claims.c.code_id, claims.c.counted),
        queries.Returned,
    )
    patch(queries, "RELEASE", release)


@guarantee(
    "what-was-claimed-stays",
    promise="A coupon that is changed, paused or deleted, or whose time is over, never changes what a "
    "purchase has claimed of it, and gives nothing more to others.",
    safety="break",
    faults=["kill", "clock"],
    core=False,  # the core set has a minute for all systems
)
async def what_was_claimed_stays(lab: Lab) -> Verdict:
    """Claim, change and end coupons, kill the servers, and let the same purchases ask again."""
    app = await lab.server(processes=2)
    desk = _Desk(lab)
    await desk.open()
    coupons = {f"ends-{number}": await desk.coupon(f"ends-{number}") for number in range(4)}
    late: list[str] = []

    async def claim_all(client: Client) -> None:
        for code in coupons:
            await desk.insist(client, code, str(uuid7()))

    await lab.clients(4).each(2, claim_all)
    codes = list(coupons)
    holders = {holder: _code_of(answers) for holder, answers in desk.answers.items()}
    quarter = {"off": {"kind": "percent", "ppm": 250_000}}
    for code, change in zip(codes, (quarter, quarter | {"paused": True}, quarter), strict=False):
        url = f"{desk.url}/{coupons[code]}"
        await desk.ask("PATCH", url, change, **{"If-Match": '"1"'})
    await desk.ask("DELETE", f"{desk.url}/{coupons[codes[2]]}", **{"If-Match": '"2"'})
    last = f"{desk.url}/{coupons[codes[3]]}"
    tomorrow = datetime.fromisoformat((await app.get(last))["created_at"]) + timedelta(days=1)
    await desk.ask("PATCH", last, {"redeem_by": tomorrow.isoformat()}, **{"If-Match": '"1"'})
    lab.move_clock(timedelta(days=2))

    async def ask_again(client: Client) -> None:
        for holder in client.random.sample(sorted(holders), len(holders)):
            await desk.insist(client, holders[holder], holder)
        for code in codes[1:]:
            stranger = str(uuid7())
            if await desk.insist(client, code, stranger):
                late.append(code)

    await _under_fire(lab, app, ask_again, 1)
    findings = [
        Finding(f"{holder} had {answers[0]} and was told {answer} afterwards")
        for holder, answers in desk.answers.items()
        if holder in holders
        for answer in answers
        if answer != answers[0]
    ]
    lost = [holder for holder in holders if len(desk.answers[holder]) < 2]
    return judge(
        *findings,
        Finding(f"{lost[0]} had claimed a coupon and was refused it afterwards") if lost else None,
        Finding(f"{late[0]!r} was still given") if late else None,
        claims=len(holders),
    )


def _code_of(answers: Sequence[Any]) -> str:
    return str(answers[0][0]["code"])


@what_was_claimed_stays.sabotage("keep a reference to the coupon, and look its terms up again")
def looked_up(patch: Patch) -> None:
    """Cheaper by a column, until somebody edits the coupon."""
    claim = claiming.claim

    async def claim_by_reference(
        uow: UnitOfWork, shop: Shop, holder: UUID, codes: Sequence[str], buyer: Buyer, goods: Goods
    ) -> tuple[Applied, ...]:
        applied = await claim(uow, shop, holder, codes, buyer, goods)
        present = await claiming.judge(uow, shop, codes, buyer, goods)
        now = {one.coupon_id: one.discount for one in present if one.discount is not None}
        return tuple(structs.replace(one, discount=now.get(one.coupon_id, one.discount)) for one in applied)

    patch(by_hand, "claim", claim_by_reference)
