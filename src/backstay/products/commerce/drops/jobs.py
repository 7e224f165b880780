"""What drops have done behind the scenes: they go on when nobody looks."""

from __future__ import annotations

from typing import ClassVar, Final

from backstay.kernel.backend import Backend
from backstay.products.commerce.drops.service.upkeep import advance
from backstay.systems.jobs import Job, JobOptions, Schedule, handles


class AdvanceDrops(Job, frozen=True, kw_only=True):
    """Let in who is next, and end what is over. Nobody in a queue who looks waits for it."""

    options: ClassVar[JobOptions] = JobOptions(queue="drops")


@handles(AdvanceDrops)
async def advance_drops(job: AdvanceDrops, backend: Backend) -> None:
    """Do it."""
    del job
    await advance(backend.database)


ADVANCING: Final = Schedule(name="drops.advance", cron="* * * * *", job=AdvanceDrops())
"""No jitter: a drop opens when it says."""
