"""Sample payments: a small shop's till after some weeks, all of it through the mock provider."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from backstay.kernel.seeding import Seeding
from backstay.systems.payments.contracts import Capture, PaymentStatus, RefundStatus
from backstay.systems.payments.service import calling, payments, refunding
from backstay.systems.payments.service.part import Payments

_SMALL: Final = 12
_ENDS: Final = {"pay": 0.7, "reserve": 0.15, "expire": 0.15}
_REFUNDED: Final = 0.25


async def seed(seeding: Seeding) -> None:
    """Ask for money, and let sample customers pay, decline and leave; never at a real provider."""
    for batch in seeding.batches(seeding.count(_SMALL), of=10):
        for number in batch:
            if not await _buy(seeding, number):
                return


async def _buy(seeding: Seeding, number: int) -> bool:
    """One purchase; False where money is real."""
    moment = seeding.past(days=20)
    end = seeding.weighted(_ENDS)
    async with seeding.unit(at=moment) as uow:
        part = uow.part(Payments)
        if part.current is not part.mock:
            return False
        made = await payments.begin(
            uow,
            # Not an order: whoever keeps orders would look for it.
            subject=("invoice", f"{1000 + number}"),
            amount=seeding.money(500, 30_000),
            currency="EUR",
            description=seeding.title(),
            return_url="https://shop.example/thanks",
            expires_at=moment + timedelta(days=4),
            customer_email=seeding.email(),
            capture=Capture.MANUAL if end == "reserve" else Capture.AUTOMATIC,
        )
    await calling.open_session(part.database, seeding.actor, made.id)
    if end == "expire":
        async with seeding.unit(at=moment + timedelta(days=4)) as uow:
            await payments.expire(uow, made.id)
        await calling.close_session(part.database, seeding.actor, made.id)
        return True
    await _pay(seeding, part, made.id, moment + timedelta(minutes=3))
    if end == "pay" and seeding.chance(_REFUNDED):
        await _refund(seeding, part, made.id, made.amount // 3)
    return True


async def practise(seeding: Seeding, payment_id: UUID, *, at: datetime) -> bool:
    """Let the mock provider do what is still to be done: the customer pays, what is refunded arrives.

    For sample data of modules that ask for payments. False, and nothing done, where money is real.
    """
    async with seeding.unit(at=at) as uow:
        part = uow.part(Payments)
        story = await payments.story(uow, payment_id)
    if part.current is not part.mock:
        return False
    if story.payment.status is PaymentStatus.PENDING:
        await calling.open_session(part.database, seeding.actor, payment_id)
        await _pay(seeding, part, payment_id, at)
    for refund in story.refunds:
        if refund.status is RefundStatus.PENDING:
            await calling.send_refund(part.database, seeding.actor, refund.id)
    return True


async def _pay(seeding: Seeding, part: Payments, payment_id: UUID, at: datetime) -> None:
    async with seeding.unit(at=at) as uow:
        reference = (await payments.story(uow, payment_id)).attempts[0].reference
        if reference is not None:
            await part.mock.choose(uow, reference, "pay")
    await calling.sync(part.database, seeding.actor, payment_id)


async def _refund(seeding: Seeding, part: Payments, payment_id: UUID, amount: int) -> None:
    async with seeding.unit() as uow:
        payment = await payments.find(uow, payment_id)
        if payment.refundable < amount:
            return
        made = await refunding.refund(uow, payment_id, amount, key="sample", reason="a part came back")
    await calling.send_refund(part.database, seeding.actor, made.id)
