"""Sample mails, which were delivered to the console in the past; no job takes part."""

from __future__ import annotations

from uuid import UUID

from backstay.kernel.database import UnitOfWork
from backstay.systems.mail.contracts import Address, MailReceipt, MailState, MailTemplate
from backstay.systems.mail.service.attempts import Attempt, End, begin, prepare, write
from backstay.systems.mail.service.mailer import Mailer
from backstay.systems.mail.service.sending import keep


async def keep_sample(uow: UnitOfWork, mail: MailTemplate, *, to: Address) -> MailReceipt:
    """Keep a mail as if it had been sent at the unit's moment."""
    return await keep(uow, mail, to=to)


async def deliver_sample(uow: UnitOfWork, mail_id: UUID) -> None:
    """Hand it over to the console at the unit's moment, unless its address is suppressed."""
    mailer = uow.part(Mailer)
    attempt = await prepare(uow, mailer, mail_id)
    if not isinstance(attempt, Attempt):
        return
    provider = attempt.providers[0]
    await begin(uow, mail_id, attempt.mail.attempts, provider, "")
    handover = await mailer.transport(provider).hand_over(attempt.envelope)
    end = End(provider, handover, MailState.SENT, last=False)
    await write(uow, mail_id, attempt.mail.attempts + 1, end)
