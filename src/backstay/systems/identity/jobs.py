"""The identity system's work in the background: its mails, and its upkeep."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Final

from backstay.kernel.backend import Backend
from backstay.kernel.database import UnitOfWork
from backstay.systems.identity.service import mails, noting, personal, phones, upkeep
from backstay.systems.identity.service.mails import SendChangeMail, SendNotice, SendResetMail, SendSignUpMail
from backstay.systems.identity.service.noting import NoteWrongCode, NoteWrongPassword
from backstay.systems.identity.service.personal import EraseAccount, ExportAccount
from backstay.systems.identity.service.phones import SendCode
from backstay.systems.jobs import Job, JobContext, JobOptions, Schedule, handles


class Tidy(Job, frozen=True, kw_only=True):
    """Lift bans that are over, remove old rows, make the next signing key when it is due."""

    options: ClassVar[JobOptions] = JobOptions(queue="identity")


@handles(SendSignUpMail)
async def send_sign_up_mail(job: SendSignUpMail, backend: Backend, context: JobContext) -> None:
    """Send the mail that fits."""
    await mails.send_sign_up_mail(backend.database, job, context.id)


@handles(SendResetMail)
async def send_reset_mail(job: SendResetMail, backend: Backend, context: JobContext) -> None:
    """Send the link, if anybody has the address."""
    await mails.send_reset_mail(backend.database, job, context.id)


@handles(SendChangeMail)
async def send_change_mail(job: SendChangeMail, backend: Backend, context: JobContext) -> None:
    """Send the link to the new address."""
    await mails.send_change_mail(backend.database, job, context.id)


@handles(SendNotice)
async def send_notice(job: SendNotice, backend: Backend, context: JobContext) -> None:
    """Tell them."""
    await mails.send_notice(backend.database, job, context.id)


@handles(SendCode)
async def send_code(job: SendCode, backend: Backend) -> None:
    """Make it and send it."""
    await phones.send_code(backend.database, job)


@handles(NoteWrongPassword)
async def note_wrong_password(job: NoteWrongPassword, uow: UnitOfWork) -> None:
    """Note it, if anybody has the address."""
    await noting.note_wrong_password(uow, job)


@handles(NoteWrongCode)
async def note_wrong_code(job: NoteWrongCode, uow: UnitOfWork) -> None:
    """Note it."""
    await noting.note(uow, job.user_id, job.at)


@handles(ExportAccount)
async def export_account(job: ExportAccount, backend: Backend) -> None:
    """Gather it."""
    await personal.export(backend.database, job.receipt_id)


@handles(EraseAccount)
async def erase_account(job: EraseAccount, backend: Backend) -> None:
    """Erase it."""
    await personal.erase(backend.database, job.receipt_id)


@handles(Tidy)
async def tidy(job: Tidy, backend: Backend) -> None:
    """Do all of it."""
    del job
    await upkeep.tidy(backend.database)


TIDYING: Final = Schedule(name="identity.tidy", cron="*/5 * * * *", job=Tidy(), jitter=timedelta(seconds=30))
