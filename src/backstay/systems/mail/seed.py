"""Sample mails: what a small shop's outbox looks like after a few days."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from backstay.kernel.seeding import Seeding
from backstay.systems.mail import service
from backstay.systems.mail.contracts import (
    Address,
    Feedback,
    FeedbackKind,
    MailReceipt,
    MailState,
    NewSuppression,
)
from backstay.systems.mail.service import Mailer, TestMail

_SMALL: Final = 24
_BLOCKED: Final = 0.1
_BOUNCED: Final = 0.15


async def seed(seeding: Seeding) -> None:
    """Keep sample mails of the last days as sent; only in the console, never beside a real provider."""
    for batch in seeding.batches(seeding.count(_SMALL), of=10):
        moment = seeding.past(days=6)
        async with seeding.unit(at=moment) as uow:
            if uow.part(Mailer).providers[0].kind != "console":
                return
            kept: list[tuple[MailReceipt, Address]] = []
            for _ in batch:
                name = seeding.name()
                to = Address(seeding.email(name), name)
                if seeding.chance(_BLOCKED):
                    await service.suppress(uow, NewSuppression(address=to.email, detail="asked by phone"))
                mail = TestMail(deployment="backstay", note=seeding.sentence())
                kept.append((await service.keep_sample(uow, mail, to=to), to))
        handed_over = moment + timedelta(milliseconds=seeding.random.randrange(40, 3000))
        async with seeding.unit(at=handed_over) as uow:
            for receipt, _ in kept:
                await service.deliver_sample(uow, receipt.id)
        async with seeding.unit(at=handed_over + timedelta(seconds=seeding.random.randrange(2, 90))) as uow:
            sent = [each for each in kept if each[0].state is MailState.QUEUED]
            bounced = [each for each in sent if seeding.chance(_BOUNCED)]
            await service.take_feedback(uow, [_bounce(receipt, to) for receipt, to in bounced])


def _bounce(receipt: MailReceipt, to: Address) -> Feedback:
    return Feedback(
        kind=FeedbackKind.HARD_BOUNCE,
        address=to.email,
        message_id=str(receipt.id),
        status="5.1.1",
        diagnostic="smtp; 550 5.1.1 user unknown",
    )
