"""Wrong guesses, noted for the organizations of whose account they were at, by jobs.

Who guessed waits for none of it, and known and unknown addresses make the same job: whether
anybody has the address is looked up by the job (ADR 25).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Final
from uuid import UUID

from backstay.kernel.actor import GuessWatch
from backstay.kernel.database import UnitOfWork
from backstay.systems.identity.queries import users
from backstay.systems.jobs import Job, JobOptions

# After the mails that people wait for, and soon gone: addresses that nobody has are nobody's to keep.
_OPTIONS: Final = JobOptions(queue="identity", priority=8, max_attempts=10, retain=timedelta(hours=1))


class NoteWrongPassword(Job, frozen=True, kw_only=True):
    """Note a wrong password that was given for this address, whether anybody has it or not."""

    options: ClassVar[JobOptions] = _OPTIONS
    mail_key: str
    at: datetime


class NoteWrongCode(Job, frozen=True, kw_only=True):
    """Note a wrong code of a second factor; whoever gave it had shown the password."""

    options: ClassVar[JobOptions] = _OPTIONS
    user_id: UUID
    at: datetime


async def note_wrong_password(uow: UnitOfWork, job: NoteWrongPassword) -> None:
    """As the job of this name says."""
    person = await uow.first(users.BY_MAIL, mail_key=job.mail_key)
    if person is not None:
        await note(uow, person.id, job.at)


async def note(uow: UnitOfWork, user_id: UUID, at: datetime) -> None:
    """Tell whoever keeps organizations; nobody where no module does."""
    try:
        watch = uow.part(GuessWatch)  # type: ignore[type-abstract]  # a protocol is the key it is held by
    except LookupError:
        return
    await watch.note(uow, user_id, at)
