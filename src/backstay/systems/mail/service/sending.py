"""Sending: everything is decided and rendered in the caller's unit of work; what leaves it is a job."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct

from backstay.kernel.database import LostRace, UnitOfWork
from backstay.kernel.errors import FieldError, Invalid
from backstay.kernel.ids import uuid7
from backstay.kernel.observation import current_record
from backstay.systems.mail.contracts import (
    TRANSACTIONAL,
    Address,
    Attachment,
    MailReceipt,
    MailState,
    MailTemplate,
    StepKind,
    Suppression,
)
from backstay.systems.mail.queries import messages as queries
from backstay.systems.mail.queries import suppressions
from backstay.systems.mail.service.addresses import checked, key_of, one_line
from backstay.systems.mail.service.composing import is_content_id
from backstay.systems.mail.service.enqueueing import enqueue_delivery
from backstay.systems.mail.service.ledger import note
from backstay.systems.mail.service.mailer import Mailer
from backstay.systems.mail.service.templates import Rendered, Template
from backstay.systems.mail.service.unsubscribing import Unsubscription, headers_for
from backstay.systems.mail.service.words import render

KEY_LENGTH: Final = 200
SUBJECT_LENGTH: Final = 500


class _Draft(Struct, frozen=True):
    """What is to be kept."""

    id: UUID
    key: str | None
    template: Template
    sender: Address
    reply_to: str | None
    to: Address
    rendered: Rendered
    whence: str
    """Where its words come from, for the ledger."""


async def send(
    uow: UnitOfWork,
    mail: MailTemplate,
    *,
    to: Address | str,
    key: str | None = None,
    sender: Address | None = None,
    reply_to: str | None = None,
    attachments: Sequence[Attachment] = (),
) -> MailReceipt:
    """Send a mail when this unit commits; a rollback leaves nothing of it.

    Args:
        uow: whose commit sends it.
        mail: the template with its variables.
        to: who gets it.
        key: of two mails with one key, even at the same moment, only the first is sent.
        sender: instead of the deployment's own address.
        reply_to: where answers go, when not to the sender.
        attachments: files, and the images that the HTML shows.

    Raises:
        BadAddress: an address is none, or its name could start a header.
        Invalid: the key is too long, or the attachments weigh too much or are malformed.
        LookupError: no composed module declares this template.
    """
    receipt = await keep(uow, mail, to=to, key=key, sender=sender, reply_to=reply_to, attachments=attachments)
    if receipt.created and receipt.state is MailState.QUEUED:
        await enqueue_delivery(uow, receipt.id)
    return receipt


async def keep(
    uow: UnitOfWork,
    mail: MailTemplate,
    *,
    to: Address | str,
    key: str | None = None,
    sender: Address | None = None,
    reply_to: str | None = None,
    attachments: Sequence[Attachment] = (),
) -> MailReceipt:
    """Render and keep a mail, without a job to deliver it; otherwise like `send`."""
    began = time.perf_counter_ns()
    mailer = uow.part(Mailer)
    template = mailer.templates.of(mail)
    recipient = checked(to)
    _check_attachments(attachments, mailer.settings.attachments_limit)
    if key is not None:
        if not 0 < len(key) <= KEY_LENGTH:
            raise Invalid(FieldError(pointer="/key", code="length", message=f"1 to {KEY_LENGTH} characters"))
        known = await uow.first(queries.BY_KEY, key=key)
        if known is not None:
            return MailReceipt(known.id, created=False, state=known.state)
    rendered, _, whence = await render(uow, mailer, template, mail)
    draft = _Draft(
        id=uuid7(),
        key=key,
        template=template,
        sender=mailer.sender if sender is None else checked(sender, pointer="/sender"),
        reply_to=None if reply_to is None else checked(reply_to, pointer="/reply_to").email,
        to=recipient,
        rendered=rendered,
        whence=whence,
    )
    receipt = await _keep(uow, mailer, draft, attachments)
    if (record := current_record.get()) is not None:
        record.note("mail", template.name, began, {"id": str(receipt.id), "state": receipt.state.value})
    return receipt


async def _keep(
    uow: UnitOfWork, mailer: Mailer, draft: _Draft, attachments: Sequence[Attachment]
) -> MailReceipt:
    category = draft.template.mail.category
    to_key = key_of(draft.to.email)
    headers = (
        {}
        if category == TRANSACTIONAL
        else headers_for(mailer, Unsubscription(uow.organization_id, to_key, category))
    )
    against = await uow.first(suppressions.AGAINST, address=to_key, category=category)
    state = MailState.QUEUED if against is None else MailState.SUPPRESSED
    subject = one_line(draft.rendered.subject, pointer="/subject")[:SUBJECT_LENGTH]
    kept = await uow.first(
        queries.KEEP,
        id=draft.id,
        message_id=mailer.message_id(draft.id),
        key=draft.key,
        template=draft.template.name,
        category=category,
        from_address=draft.sender.email,
        from_name=draft.sender.name,
        reply_to=draft.reply_to,
        to_address=draft.to.email,
        to_name=draft.to.name,
        to_key=to_key,
        subject=subject,
        text=draft.rendered.text,
        html=draft.rendered.html,
        headers=headers,
        state=state.value,
        provider=None,
        attempts=0,
        job_id=None,
        created_at=uow.now(),
        sent_at=None,
    )
    if kept is None:
        # Another unit kept a mail with this key since we looked.
        known = await uow.first(queries.BY_KEY, key=draft.key)
        if known is None:
            raise LostRace
        return MailReceipt(known.id, created=False, state=known.state)
    await uow.execute_many(
        queries.ATTACH,
        [
            {
                "mail_id": draft.id,
                "position": position,
                "filename": file.filename,
                "content_type": file.content_type,
                "content_id": file.content_id,
                "content": file.content,
                "size": len(file.content),
            }
            for position, file in enumerate(attachments)
        ],
    )
    if against is not None:
        await note(uow, draft.id, StepKind.SUPPRESSED, words_of(against))
        return MailReceipt(draft.id, created=True, state=state)
    await note(uow, draft.id, StepKind.QUEUED, draft.whence)
    return MailReceipt(draft.id, created=True, state=state)


def words_of(suppression: Suppression) -> str:
    """Why nothing may be sent."""
    what = f"mails of the category {suppression.category}" if suppression.category else "all mails"
    return (
        f"{suppression.address} gets no more of {what} since {suppression.created_at:%Y-%m-%d}: "
        f"{suppression.reason.value}{f' ({suppression.detail})' if suppression.detail else ''}"
    )


def _check_attachments(attachments: Sequence[Attachment], limit: int) -> None:
    weight = sum(len(file.content) for file in attachments)
    if weight > limit:
        message = f"weigh {weight} bytes together; at most {limit} go with a mail"
        raise Invalid(FieldError(pointer="/attachments", code="length", message=message))
    for number, file in enumerate(attachments):
        pointer = f"/attachments/{number}"
        one_line(file.filename, pointer=f"{pointer}/filename")
        main, slash, sub = one_line(file.content_type, pointer=f"{pointer}/content_type").partition("/")
        if not (slash and _is_token(main) and _is_token(sub)) or main in {"multipart", "message"}:
            raise Invalid(
                FieldError(
                    pointer=f"{pointer}/content_type", code="format", message="must be like application/pdf"
                )
            )
        if file.content_id is not None and not is_content_id(file.content_id):
            raise Invalid(
                FieldError(
                    pointer=f"{pointer}/content_id", code="format", message="letters, digits, dots and dashes"
                )
            )


def _is_token(text: str) -> bool:
    return text.isascii() and bool(text) and all(letter.isalnum() or letter in "!#$&-^_.+" for letter in text)
