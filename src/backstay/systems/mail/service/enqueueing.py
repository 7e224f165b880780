"""The job that delivers a mail."""

from __future__ import annotations

from typing import ClassVar, Final
from uuid import UUID

from backstay.kernel.database import UnitOfWork
from backstay.systems.jobs import Backoff, Job, JobOptions
from backstay.systems.mail.queries import messages as queries

QUEUE: Final = "mail"
MAX_ATTEMPTS: Final = 14
"""With the backoff below a provider may be away for about six hours before mails are given up."""


class DeliverMail(Job, frozen=True, kw_only=True):
    """Hand one mail over to a provider."""

    options: ClassVar[JobOptions] = JobOptions(
        queue=QUEUE,
        max_attempts=MAX_ATTEMPTS,
        max_crashes=5,
        backoff=Backoff(base=15.0, cap=3 * 3600.0),
        # The transport's own timeouts end an attempt; this is for what they cannot see.
        timeout=600.0,
    )

    mail_id: UUID


async def enqueue_delivery(uow: UnitOfWork, mail_id: UUID) -> None:
    """Let a worker deliver the mail once this unit has committed."""
    receipt = await DeliverMail(mail_id=mail_id).enqueue(uow)
    await uow.execute(queries.SET_JOB, id=mail_id, job_id=receipt.id)
