"""Looking at mails: the list, one with its ledger, its source, and previews that cannot do anything."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backstay.kernel.database import ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.trail import record
from backstay.systems.mail.contracts import (
    Address,
    MailState,
    Message,
    MessageSummary,
    Reconciliation,
    StepKind,
)
from backstay.systems.mail.errors import NoSuchMail, NotReconcilable, NotRetryable
from backstay.systems.mail.queries import messages as queries
from backstay.systems.mail.queries.messages import File
from backstay.systems.mail.service.composing import compose
from backstay.systems.mail.service.enqueueing import enqueue_delivery
from backstay.systems.mail.service.ledger import note

_INLINE: Final = re.compile(r"cid:([A-Za-z0-9._-]{1,100})")
RETRYABLE: Final = (MailState.FAILED, MailState.BOUNCED, MailState.SUPPRESSED)


async def list_messages(reader: Reader, request: ListRequest) -> Page[MessageSummary]:
    """The organization's mails, newest first."""
    return await reader.page(queries.LIST, request)


async def count(reader: Reader) -> int:
    """How many mails are kept."""
    return await reader.one(queries.COUNT)


async def read_message(reader: Reader, mail_id: UUID) -> Message:
    """One mail with its ledger.

    Raises:
        NoSuchMail: there is none.
    """
    mail = await _mail(reader, mail_id)
    return Message(
        id=mail.id,
        message_id=mail.message_id,
        key=mail.key,
        template=mail.template,
        category=mail.category,
        sender=Address(mail.from_address, mail.from_name),
        reply_to=mail.reply_to,
        to=Address(mail.to_address, mail.to_name),
        subject=mail.subject,
        text=mail.text,
        state=mail.state,
        provider=mail.provider,
        attempts=mail.attempts,
        job_id=mail.job_id,
        created_at=mail.created_at,
        sent_at=mail.sent_at,
        attachments=await reader.all(queries.ATTACHED, id=mail_id),
        ledger=await reader.all(queries.LEDGER, id=mail_id),
    )


async def html_of_message(reader: Reader, mail_id: UUID) -> str:
    """Its HTML part, with the inline images in it.

    Raises:
        NoSuchMail: there is none.
    """
    mail = await _mail(reader, mail_id)
    return with_images(mail.html, await reader.all(queries.FILES, id=mail_id))


async def source_of_message(reader: Reader, mail_id: UUID) -> bytes:
    """The message as it goes over the wire, but for the DKIM signature, which is made then.

    Raises:
        NoSuchMail: there is none.
    """
    mail = await _mail(reader, mail_id)
    return compose(mail, await reader.all(queries.FILES, id=mail_id))


async def reconcile(uow: UnitOfWork, mail_id: UUID, finding: Reconciliation) -> Message:
    """Settle a mail whose outcome is unknown; one that was not handed over is sent again.

    Raises:
        NoSuchMail: there is none.
        NotReconcilable: its outcome is known.
    """
    await _mail(uow, mail_id)
    unknown = MailState.UNKNOWN.value
    if finding.handed_over:
        settled = await uow.execute(
            queries.CLOSE, id=mail_id, was=unknown, state=MailState.SENT.value, sent_at=uow.now()
        )
        words = "the provider has it"
    else:
        settled = await uow.execute(queries.REOPEN, id=mail_id, was=unknown)
        words = "the provider does not have it; sent again, by any provider"
    if not settled:
        raise NotReconcilable
    detail = f"{uow.actor.name}: {words}{f' ({finding.note})' if finding.note else ''}"
    await note(uow, mail_id, StepKind.RECONCILED, detail)
    record(uow, "mail.mail_reconciled", subject=("mail", mail_id), before={"state": unknown}, after=finding)
    if not finding.handed_over:
        await enqueue_delivery(uow, mail_id)
    return await read_message(uow, mail_id)


async def retry(uow: UnitOfWork, mail_id: UUID) -> Message:
    """Send a mail again that failed, bounced or was suppressed, under the same Message-ID.

    Raises:
        NoSuchMail: there is none.
        NotRetryable: it is on its way, has arrived, or its outcome is unknown.
    """
    mail = await _mail(uow, mail_id)
    if mail.state not in RETRYABLE or not await uow.execute(queries.REOPEN, id=mail_id, was=mail.state.value):
        raise NotRetryable
    await note(uow, mail_id, StepKind.RETRIED, f"{uow.actor.name}: sent again")
    record(uow, "mail.mail_retried", subject=("mail", mail_id), before={"state": mail.state})
    await enqueue_delivery(uow, mail_id)
    return await read_message(uow, mail_id)


def with_images(html: str, files: Sequence[File]) -> str:
    """The HTML with its inline images as data, so that a preview needs nothing else."""
    images = {
        file.content_id: f"data:{file.content_type};base64,{b64encode(file.content).decode('ascii')}"
        for file in files
        if file.content_id is not None and file.content_type.startswith("image/")
    }
    return _INLINE.sub(lambda match: images.get(match[1], match[0]), html)


async def _mail(reader: Reader, mail_id: UUID) -> queries.Mail:
    mail = await reader.first(queries.GET, id=mail_id)
    if mail is None:
        raise NoSuchMail
    return mail
