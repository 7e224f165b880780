"""The tenancy system's work in the background: telling owners of an attack, and its upkeep."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Final

from backstay.kernel.backend import Backend
from backstay.kernel.database import UnitOfWork
from backstay.systems.jobs import Job, JobContext, JobOptions, Schedule, handles
from backstay.systems.tenancy.service import guesses
from backstay.systems.tenancy.service.guesses import TellOfGuessing


class Tidy(Job, frozen=True, kw_only=True):
    """Remove old counts of guesses."""

    options: ClassVar[JobOptions] = JobOptions(queue="tenancy")


@handles(TellOfGuessing)
async def tell_of_guessing(job: TellOfGuessing, backend: Backend, context: JobContext) -> None:
    """Tell, once."""
    # Before the unit: whoever keeps accounts is asked over a connection of its own.
    addresses = await guesses.addresses_of_owners(backend.database, context.actor)
    async with context.transaction() as uow:
        if await context.once(uow, "told"):
            await guesses.tell_of_guessing(uow, job, addresses)


@handles(Tidy)
async def tidy(job: Tidy, uow: UnitOfWork) -> None:
    """Remove them."""
    del job
    await guesses.prune(uow)


TIDYING: Final = Schedule(name="tenancy.tidy", cron="17 3 * * *", job=Tidy(), jitter=timedelta(minutes=10))
