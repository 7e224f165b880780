"""Money in = money out + held, and never more back than came."""

from __future__ import annotations

import asyncio
from typing import Any, Final
from uuid import UUID

from backstay.kernel.database import UnitOfWork
from backstay.kernel.guarantees import Client, Finding, Lab, Patch, Server, Verdict, guarantee, judge
from backstay.kernel.ids import uuid7
from backstay.systems.payments.contracts import Payment
from backstay.systems.payments.engines.mock import MockProvider
from backstay.systems.payments.engines.provider import Held, RefundNews
from backstay.systems.payments.guarantees.till import (
    PATH,
    QUICK,
    ask_for,
    books,
    insist,
    page_of,
    press,
    settled,
)
from backstay.systems.payments.queries import payments as queries
from backstay.systems.payments.queries.payments import OwnRefund
from backstay.systems.payments.service import refunding

_AMOUNT: Final = 1000
_ROUGH: Final = {
    "PAYMENTS_URL": "mock://?seed=3&duplicates=0.4&late=0.4&delay=500ms&bare=0.3&refund_failures=0.2"
}


@guarantee(
    "payments-money-adds-up",
    promise="Payment by payment, money in is money out and money held: at the provider, in the payment "
    "and in the ledger alike, whatever server is killed in the middle.",
    safety="break",
    faults=["kill"],
    trials=2,
    core=False,  # the core set has a minute for all systems
)
async def money_adds_up(lab: Lab) -> Verdict:
    """Let customers pay and staff refund while both servers are killed; then ask the provider about each."""
    app = await lab.server(processes=2, env=QUICK | _ROUGH)
    made: list[str] = []

    async def buy(client: Client) -> None:
        payment_id = await ask_for(client, _AMOUNT)
        made.append(payment_id)
        await press(client, await page_of(client, payment_id), "pay")
        await _until_paid(client, payment_id)
        for amount in (100, 250):
            body = {"amount": amount, "reason": "lab"}
            await insist(client, f"{PATH}/{payment_id}/refunds", body, client.unique("refund"))

    for _ in lab.trials():
        load = asyncio.create_task(lab.clients(4, timeout=20).each(1, buy))
        for _ in range(2):
            await asyncio.sleep(lab.random.uniform(0.6, 1.6))
            await app.kill()
            await app.restart()
        await load
    for payment_id in made:
        wrong = await _judged(app, payment_id)
        if wrong is not None:
            return judge(wrong, payments=len(made))
    return judge(payments=len(made))


async def _until_paid(client: Client, payment_id: str) -> None:
    for _ in range(400):
        reply = await client.get(f"{PATH}/{payment_id}")
        if reply.status == 200 and reply["payment"]["captured"]:
            return
        await asyncio.sleep(0.1)


async def _judged(app: Server, payment_id: str) -> Finding | None:
    story = await settled(app, payment_id, refunds=True)
    payment = story["payment"]
    wrong = books(story)
    if wrong is not None:
        return wrong
    if (payment["status"], payment["captured"]) != ("succeeded", _AMOUNT):
        return Finding(f"payment {payment_id} is {payment['status']} with {payment['captured']} of {_AMOUNT}")
    back = sum(one["amount"] for one in story["refunds"] if one["status"] == "succeeded")
    if (len(story["refunds"]), payment["refunded"], payment["refunding"]) != (2, back, 0):
        return Finding(
            f"payment {payment_id}: {len(story['refunds'])} refunds, {payment['refunded']} refunded"
        )
    return None


@money_adds_up.sabotage("ask the provider for a refund without a key")
def keyless(patch: Patch) -> None:
    """Who dies between the provider's answer and writing it down asks again, and pays twice."""
    refund = MockProvider.refund

    async def anew(provider: MockProvider, held: Held, _refund_id: UUID, amount: int) -> RefundNews:
        news = await refund(provider, held, uuid7(), amount)
        await asyncio.sleep(0.5)
        return news

    patch(MockProvider, "refund", anew)


@guarantee(
    "refunds-stay-within-captures",
    promise="However many people refund one payment at once, what is given back and what is on its way back "
    "is never more than what was captured; what is too much is refused, not cut.",
    safety="probe",
    trials=2,
    core=False,  # the core set has a minute for all systems
)
async def refunds_within_captures(lab: Lab) -> Verdict:
    """Let twelve people refund one payment through two servers at once."""
    app = await lab.server(processes=2, env=QUICK)
    found: list[Finding | None] = []
    accepted = refused = 0
    for _ in lab.trials():
        made: list[str] = []

        async def buy(client: Client, made: list[str] = made) -> None:
            payment_id = await ask_for(client, _AMOUNT)
            await press(client, await page_of(client, payment_id), "pay")
            await _until_paid(client, payment_id)
            made.append(payment_id)

        await lab.clients(1).each(1, buy)
        answers: list[tuple[int, int]] = []

        async def give_back(
            client: Client, payment_id: str = made[0], answers: list[tuple[int, int]] = answers
        ) -> None:
            amount = client.random.choice((90, 170, 310))
            body = {"amount": amount, "reason": "lab"}
            status, _ = await insist(client, f"{PATH}/{payment_id}/refunds", body, client.unique("refund"))
            answers.append((status, amount))

        await lab.clients(12).each(2, give_back)
        story = await settled(app, made[0], refunds=True)
        total = sum(amount for status, amount in answers if status == 201)
        accepted += len([1 for status, _ in answers if status == 201])
        refused += len([1 for status, _ in answers if status == 422])
        over = Finding(f"{total} were accepted to be given back of {_AMOUNT}") if total > _AMOUNT else None
        kept = sum(one["amount"] for one in story["refunds"])
        lost = Finding(f"{total} were accepted, and {kept} are written down") if kept != total else None
        found += [over, lost, books(story)]
    untried = None if refused else "nobody asked for too much"
    return judge(*found, untried=untried, accepted=accepted, refused=refused)


@refunds_within_captures.sabotage("count only what has arrived")
def uncounted(patch: Patch) -> None:
    """What is on its way back is still there to be refunded again."""

    async def reserve(uow: UnitOfWork, payment: Payment, amount: int, **given: Any) -> OwnRefund | None:
        if amount > payment.captured - payment.refunded:
            return None
        return await uow.one(queries.ADD_REFUND, id=uuid7(), payment_id=payment.id, amount=amount, **given)

    patch(refunding, "_reserve", reserve)
