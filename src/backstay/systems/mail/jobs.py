"""The mail system's work in the background."""

from __future__ import annotations

from msgspec import structs

from backstay.kernel.backend import Backend
from backstay.systems.jobs import JobContext, handles
from backstay.systems.mail import service
from backstay.systems.mail.service import DeliverMail, Mailer


@handles(DeliverMail)
async def deliver_mail(job: DeliverMail, backend: Backend, context: JobContext) -> str | None:
    """Try once; the result is the mail's state."""
    turn = job.turn
    if not turn.handed_on:
        turn = structs.replace(turn, number=context.attempt)
    state = await service.deliver(
        backend.database,
        context.actor,
        backend.part(Mailer),
        job.mail_id,
        last=turn.number >= DeliverMail.options.max_attempts,
        turn=turn,
        job_id=context.id,
    )
    return None if state is None else state.value
