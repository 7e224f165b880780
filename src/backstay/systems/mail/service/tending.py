"""Tending: a mail whose job is over without having brought it to an end gets a truthful state.

A job can end without its handler's last word: its workers died too often, it ran out of
attempts while the database was away, or somebody cancelled it. Then nobody would look at the
mail any more, and it would say `sending` or `queued` for ever.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import structs

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, UnitOfWork
from backstay.systems.jobs import JobInfo, Jobs, JobState
from backstay.systems.mail.contracts import MailState, StepKind
from backstay.systems.mail.queries import messages as queries
from backstay.systems.mail.queries.messages import Unsettled
from backstay.systems.mail.service.ledger import note

BATCH: Final = 200
"""Mails looked at in one round; the next goes on behind them."""
GONE_AFTER: Final = timedelta(days=1)
"""A job that its store does not know may be on its way there, but not for so long."""
_FIRST: Final = UUID(int=0)
_ENDS: Final = {JobState.COMPLETED, JobState.DEAD, JobState.CANCELLED}


async def tend(database: Database, jobs: Jobs, *, after: UUID | None = None) -> tuple[int, UUID | None]:
    """Look at mails that are on their way, of every organization, a batch at a time.

    Args:
        database: where mails are kept.
        jobs: where their jobs are.
        after: the last one of the batch before; None to begin again.

    Returns:
        How many were put right, and where to go on; None: that was the last batch.
    """
    found = await database.reader(SYSTEM).all(queries.UNSETTLED, after=after or _FIRST, batch=BATCH)
    changed = 0
    for mail in found:
        job = None if mail.job_id is None else await jobs.store.get(mail.organization_id, mail.job_id)
        why = _end_of(mail, job, database.clock.now())
        if why is not None and await _put_right(database, mail, why):
            changed += 1
    return changed, found[-1].id if len(found) == BATCH else None


def _end_of(mail: Unsettled, job: JobInfo | None, now: datetime) -> str | None:
    """Why nobody will deliver it any more; None while somebody may."""
    if job is None:
        since = _made(mail.job_id or mail.id)
        return "its job is gone" if now - since > GONE_AFTER else None
    if job.state not in _ENDS:
        return None
    error = f" ({job.error.kind}: {job.error.message})" if job.error is not None else ""
    return f"its job is {job.state.value}{error}"


def _made(uuid7: UUID) -> datetime:
    """When an id was made (RFC 9562, 5.7)."""
    return datetime.fromtimestamp((uuid7.int >> 80) / 1000, UTC)


async def _put_right(database: Database, mail: Unsettled, why: str) -> bool:
    taken = mail.state is MailState.SENDING
    to = MailState.UNKNOWN if taken else MailState.FAILED
    words = (
        f"{why}, and the worker that had the mail ended without a word: whether the provider has it is not "
        "known; reconcile it by hand, or replay the job to hand it over again under the same Message-ID"
        if taken
        else f"given up: {why}"
    )

    async def work(uow: UnitOfWork) -> bool:
        # Only if it is still that job's: somebody may have sent it again since it was read.
        moved = await uow.execute(
            queries.PUT_RIGHT,
            id=mail.id,
            was=mail.state.value,
            seen=mail.attempts,
            job_id=mail.job_id,
            state=to.value,
        )
        if moved:
            kind = StepKind.UNKNOWN if taken else StepKind.FAILED
            await note(uow, mail.id, kind, words, provider=mail.provider)
        return bool(moved)

    return await database.run(structs.replace(SYSTEM, organization_id=mail.organization_id), work)
