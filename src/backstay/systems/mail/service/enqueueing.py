"""The job that delivers a mail, and whose turn it is to take it.

A provider with a rate is asked only by a job that waited for that rate. So a mail that fails
over to one is passed on: the job ends, and another, with that provider's rate, goes on with
the round. Who has no rate is asked at once.
"""

from __future__ import annotations

from typing import ClassVar, Final
from uuid import UUID

from msgspec import Struct, structs

from backstay.kernel.database import UnitOfWork
from backstay.systems.jobs import Backoff, Job, JobOptions, Rate, backoff_delay
from backstay.systems.mail.queries import messages as queries
from backstay.systems.mail.service.mailer import Mailer
from backstay.systems.mail.service.pausing import known
from backstay.systems.mail.service.providers import Provider

QUEUE: Final = "mail"
MAX_ATTEMPTS: Final = 14
"""With the backoff below a provider may be away for about six hours before mails are given up."""


class Turn(Struct, frozen=True, kw_only=True):
    """Where a mail is in its way from provider to provider."""

    provider: str | None = None
    """The one whose rate the job waited for."""
    number: int = 1
    """The round: in each, every provider is asked once at most."""
    tried: tuple[str, ...] = ()
    """Who was asked in this round, by earlier jobs."""
    later: bool = False
    """Whether one of those may take it later."""

    handed_on: bool = False
    """Whether an earlier job had this mail; then rounds are counted here, and not by the job's attempts."""


class DeliverMail(Job, frozen=True, kw_only=True):
    """Hand one mail over to a provider."""

    options: ClassVar[JobOptions] = JobOptions(
        queue=QUEUE,
        max_attempts=MAX_ATTEMPTS,
        max_crashes=5,
        backoff=Backoff(base=15.0, cap=3 * 3600.0),
        # The transport's own timeouts end an attempt; this is for what they cannot see.
        timeout=600.0,
        # Providers have breakers of their own: one that is away holds nobody else's mails up.
        breaker=False,
    )

    mail_id: UUID
    turn: Turn = Turn()


async def enqueue_delivery(uow: UnitOfWork, mail_id: UUID) -> None:
    """Let a worker deliver the mail once this unit has committed."""
    mailer = uow.part(Mailer)
    # Whose rate it waits for is a choice only where there are several.
    paused = await known(uow) if len(mailer.providers) > 1 else ()
    await _enqueue(uow, mail_id, mailer.order(None, paused)[0], Turn())


async def hand_on(uow: UnitOfWork, mail_id: UUID, provider: Provider, turn: Turn, *, new_round: bool) -> None:
    """Let another job go on with a mail; the one that has it does nothing more.

    Args:
        uow: whose commit it is.
        mail_id: which mail.
        provider: the one to go on with; its rate is waited for.
        turn: how far the jobs so far came.
        new_round: everybody was asked; the next round waits as long as a job's next attempt would.
    """
    delay = backoff_delay(DeliverMail.options.backoff, turn.number - 1) if new_round else 0.0
    await _enqueue(uow, mail_id, provider, structs.replace(turn, handed_on=True), delay)


async def _enqueue(
    uow: UnitOfWork, mail_id: UUID, provider: Provider, turn: Turn, delay: float = 0.0
) -> None:
    rate = None
    if provider.rate is not None:
        turn = structs.replace(turn, provider=provider.name)
        rate = Rate(provider.name, *provider.rate)
    receipt = await DeliverMail(mail_id=mail_id, turn=turn).enqueue(uow, rate=rate, delay=delay)
    await uow.execute(queries.SET_JOB, id=mail_id, job_id=receipt.id)
