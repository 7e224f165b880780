"""The mail system's work in the background."""

from __future__ import annotations

from backstay.kernel.backend import Backend
from backstay.systems.jobs import JobContext, handles
from backstay.systems.mail import service
from backstay.systems.mail.service import DeliverMail, Mailer


@handles(DeliverMail)
async def deliver_mail(job: DeliverMail, backend: Backend, context: JobContext) -> str | None:
    """Try once; the result is the mail's state."""
    last = context.attempt >= DeliverMail.options.max_attempts
    state = await service.deliver(
        backend.database, context.actor, backend.part(Mailer), job.mail_id, last=last
    )
    return None if state is None else state.value
