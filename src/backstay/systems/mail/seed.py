"""Sample mails: what a small shop's outbox looks like after a few days."""

from __future__ import annotations

from typing import Final

from backstay.kernel.seeding import Seeding
from backstay.systems.mail import service
from backstay.systems.mail.contracts import Address, Feedback, FeedbackKind, NewSuppression
from backstay.systems.mail.service import Mailer, TestMail

_SMALL: Final = 24
_BLOCKED: Final = 0.1


async def seed(seeding: Seeding) -> None:
    """Send sample mails of the last days; only into the console, never to a real provider."""
    for batch in seeding.batches(seeding.count(_SMALL), of=10):
        async with seeding.unit(at=seeding.past(days=6)) as uow:
            if uow.part(Mailer).providers[0].kind != "console":
                return
            for _ in batch:
                name = seeding.name()
                to = Address(seeding.email(name), name)
                if seeding.chance(_BLOCKED):
                    await service.suppress(uow, NewSuppression(address=to.email, detail="asked by phone"))
                mail = TestMail(deployment="backstay", note=seeding.sentence())
                receipt = await service.send(uow, mail, to=to)
                if seeding.chance(_BLOCKED):
                    report = Feedback(
                        kind=FeedbackKind.HARD_BOUNCE,
                        address=to.email,
                        message_id=str(receipt.id),
                        status="5.1.1",
                        diagnostic="smtp; 550 5.1.1 user unknown",
                    )
                    await service.take_feedback(uow, [report])
