"""The suppression list and the reports that fill it: hard ones at once, soft ones by count."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from msgspec import structs

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.kernel.trail import record
from backstay.systems.mail.contracts import (
    EVERY_CATEGORY,
    Feedback,
    FeedbackKind,
    FeedbackResult,
    MailState,
    NewSuppression,
    StepKind,
    Suppression,
    SuppressionReason,
)
from backstay.systems.mail.errors import NoSuchSuppression
from backstay.systems.mail.queries import messages
from backstay.systems.mail.queries import suppressions as queries
from backstay.systems.mail.queries.messages import Mail
from backstay.systems.mail.service.addresses import checked, key_of
from backstay.systems.mail.service.ledger import note
from backstay.systems.mail.service.mailer import Mailer

_STATES: Final = {
    FeedbackKind.HARD_BOUNCE: (MailState.BOUNCED, StepKind.BOUNCED),
    FeedbackKind.SOFT_BOUNCE: (MailState.BOUNCED, StepKind.BOUNCED),
    FeedbackKind.COMPLAINT: (MailState.COMPLAINED, StepKind.COMPLAINED),
    FeedbackKind.DELIVERED: (MailState.DELIVERED, StepKind.DELIVERED),
}


async def list_suppressions(reader: Reader, request: ListRequest) -> Page[Suppression]:
    """The suppression list."""
    return await reader.page(queries.LIST, request)


async def suppress(uow: UnitOfWork, new: NewSuppression) -> Suppression:
    """Put an address on the list by hand; one that is there stays as it is.

    Raises:
        BadAddress: it is no address.
    """
    address = key_of(checked(new.address, pointer="/address").email)
    await _suppress(uow, address, new.category, SuppressionReason.MANUAL, new.detail)
    made = await uow.one(queries.FIND, address=address, category=new.category)
    # Not the address: whoever it is has no say in how long the trail is kept.
    after = {"category": made.category, "reason": made.reason}
    record(uow, "mail.address_suppressed", subject=("suppression", made.id), after=after)
    return made


async def unsuppress(uow: UnitOfWork, suppression_id: UUID) -> None:
    """Take an entry off the list.

    Raises:
        NoSuchSuppression: there is none.
    """
    if not await uow.execute(queries.REMOVE, id=suppression_id):
        raise NoSuchSuppression
    record(uow, "mail.suppression_removed", subject=("suppression", suppression_id))


async def take_feedback(uow: UnitOfWork, reports: list[Feedback], *, proven: bool = True) -> FeedbackResult:
    """Write reports down and draw the consequences.

    A report about a mail whose outcome was unknown settles it: the provider must have had it.
    Anybody can write to the mailbox that bounces go to. So what arrived there is not `proven`:
    it suppresses an address only where it names a mail that we sent there.

    Raises:
        BadAddress: a report names no address.
    """
    suppressed: list[str] = []
    matched: list[UUID] = []
    for report in reports:
        address = key_of(checked(report.address, pointer="/address").email)
        mail = await _mail_of(uow, report, address)
        if mail is not None:
            matched.append(mail.id)
            await _tell_mail(uow, mail, report)
        await uow.execute(
            queries.REPORT,
            id=uuid7(),
            at=uow.now(),
            kind=report.kind.value,
            address=address,
            mail_id=None if mail is None else mail.id,
            status=report.status,
            diagnostic=report.diagnostic,
        )
        believed = proven or mail is not None
        reason = await _reason(uow, report, address) if believed else None
        if reason is not None:
            detail = " ".join(filter(None, (report.status, report.diagnostic)))[:500]
            await _suppress(uow, address, EVERY_CATEGORY, reason, detail)
            suppressed.append(address)
    after = {"reports": len(reports), "suppressed": len(suppressed), "mails": matched}
    record(uow, "mail.feedback_taken", subject=("feedback", uuid7()), after=after)
    return FeedbackResult(accepted=len(reports), suppressed=suppressed, matched=matched)


async def take_reports_of_anyone(database: Database, reports: list[Feedback]) -> FeedbackResult:
    """Take reports in for whichever organizations sent the mails; what names none of ours is dropped.

    Raises:
        BadAddress: a report names no address.
    """
    total = FeedbackResult(accepted=0)
    for report in reports:
        mail_id, message_id = _named(report)
        owner = await database.reader(SYSTEM).first(messages.OWNER, id=mail_id, message_id=message_id)
        if owner is None:
            continue
        actor = structs.replace(SYSTEM, organization_id=owner)
        taken = await database.run(actor, partial(take_feedback, reports=[report], proven=False))
        total = FeedbackResult(
            accepted=total.accepted + 1,
            suppressed=total.suppressed + taken.suppressed,
            matched=total.matched + taken.matched,
        )
    return total


async def _reason(uow: UnitOfWork, report: Feedback, address: str) -> SuppressionReason | None:
    match report.kind:
        case FeedbackKind.HARD_BOUNCE:
            return SuppressionReason.BOUNCE
        case FeedbackKind.COMPLAINT:
            return SuppressionReason.COMPLAINT
        case FeedbackKind.SOFT_BOUNCE:
            settings = uow.part(Mailer).settings
            since = uow.now() - timedelta(days=settings.soft_bounce_days)
            count = await uow.one(queries.SOFT_BOUNCES, address=address, since=since)
            return SuppressionReason.BOUNCE if count >= settings.soft_bounces else None
        case FeedbackKind.DELIVERED:
            return None


async def _suppress(
    uow: UnitOfWork, address: str, category: str, reason: SuppressionReason, detail: str
) -> None:
    await uow.execute(
        queries.SUPPRESS, id=uuid7(), address=address, category=category, reason=reason.value, detail=detail
    )


async def _mail_of(uow: UnitOfWork, report: Feedback, address: str) -> Mail | None:
    """The mail that a report is about, if it is this organization's and went to that address."""
    mail_id, message_id = _named(report)
    mail = await uow.first(messages.GET, id=mail_id)
    if mail is None:
        mail = await uow.first(messages.BY_MESSAGE_ID, message_id=message_id)
    return mail if mail is not None and mail.to_key == address else None


def _named(report: Feedback) -> tuple[UUID | None, str]:
    """Our id, or else the Message-ID, that a report names."""
    about = (report.message_id or "").strip()
    try:
        return UUID(about), ""
    except ValueError:
        return None, about if about.startswith("<") else f"<{about}>"


async def _tell_mail(uow: UnitOfWork, mail: Mail, report: Feedback) -> None:
    state, step = _STATES[report.kind]
    detail = " ".join(filter(None, (report.kind.value, report.status, report.diagnostic)))
    await note(uow, mail.id, step, detail, provider=mail.provider)
    # A complaint is the last word; that it was delivered first changes nothing.
    if mail.state is not MailState.COMPLAINED:
        await uow.execute(messages.SET_STATE, id=mail.id, state=state.value)
