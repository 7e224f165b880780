"""Jobs in the database itself: enqueued, and where wanted ended, in the caller's own commit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import datetime
from uuid import UUID

from msgspec import Raw

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, UnitOfWork
from backstay.systems.jobs.contracts import Durability, JobError, JobState, Promises, Receipt
from backstay.systems.jobs.engines.claims import Claims
from backstay.systems.jobs.engines.following import follow, replayed, step
from backstay.systems.jobs.engines.ground import json_text
from backstay.systems.jobs.engines.keeping import keep
from backstay.systems.jobs.engines.looks import Looks
from backstay.systems.jobs.engines.rows import outcome_row
from backstay.systems.jobs.engines.store import LeaseKey, NewJob, Outcome, Swept
from backstay.systems.jobs.errors import NotReplayable, StaleLease
from backstay.systems.jobs.queries import looking, settling, upkeep
from backstay.systems.jobs.queries.settling import Settled


class SqlStore(Claims, Looks):
    """The job engine on the database of the units of work."""

    def __init__(self, database: Database) -> None:
        """Of one event loop; another thread's loop makes its own on a database of its own."""
        super().__init__(database)
        self.promises = Promises(
            engine=database.dialect,
            transactional="same-commit",
            transactional_finish=True,
            durability=Durability.DISK,
        )

    async def enqueue(self, uow: UnitOfWork, jobs: Sequence[NewJob]) -> list[Receipt]:
        """Keep jobs in the unit's transaction."""
        receipts = await keep(uow, jobs, self._at())
        if any(receipt.created for receipt in receipts):
            queues = {job.queue for job in jobs}
            uow.after_commit(lambda: self._bell.ring(queues))
        return receipts

    async def settle(self, outcomes: Sequence[Outcome]) -> list[bool]:
        """End claims."""
        if not outcomes:
            return []
        ended = await self._database.run(SYSTEM, lambda uow: self._settle(uow, outcomes))
        held = {row.id for row in ended}
        told = [outcome.key.id in held for outcome in outcomes]
        self._tally.stale(told.count(False))
        return told

    async def settle_in(self, uow: UnitOfWork, outcome: Outcome) -> None:
        """End a claim in the handler's own transaction."""
        if not await self._settle(uow, [outcome]):
            self._tally.stale(1)
            raise StaleLease

    async def _settle(self, uow: UnitOfWork, outcomes: Sequence[Outcome]) -> list[Settled]:
        at = self._at()
        rows = json_text([outcome_row(outcome) for outcome in outcomes])
        ended = await uow.all(settling.SETTLE, outcomes=rows, at=at)
        notes = {outcome.key.id: outcome for outcome in outcomes}
        for row in ended:
            if row.state != JobState.COMPLETED:
                outcome = notes[row.id]
                await step(uow, row, outcome.note or str(outcome.to), at, error=outcome.error)
        woken = await follow(uow, ended, at)
        self._tally.ended(ended)
        for row in ended:
            if row.state == JobState.READY:
                woken.add(row.queue)
        if woken:
            uow.after_commit(lambda: self._bell.ring(woken))
        return ended

    async def check_in(self, uow: UnitOfWork, key: LeaseKey) -> None:
        """Make the unit's commit depend on the lease."""
        if not await uow.execute(settling.HOLD, id=key.id, lease=key.lease):
            self._tally.stale(1)
            raise StaleLease

    async def once_in(self, uow: UnitOfWork, job_id: UUID, effect: str) -> bool:
        """Note an effect."""
        return await uow.first(settling.ONCE, job_id=job_id, effect=effect) is not None

    async def sweep(self, limit: int) -> Swept:
        """One round of upkeep, each part a commit of its own."""
        at = self._at()

        async def promote(uow: UnitOfWork) -> list[str]:
            return await uow.all(upkeep.PROMOTE, limit=limit, at=at)

        promoted = await self._database.run(SYSTEM, promote)
        states = await self._database.run(SYSTEM, lambda uow: self._rescue(uow, limit, at))
        pruned = await self._database.run(SYSTEM, lambda uow: self._prune(uow, limit, at))
        if promoted or JobState.READY in states:
            self._bell.ring(set(promoted))
        next_due = await self._database.reader(SYSTEM).first(upkeep.NEXT_DUE, at=at)
        return Swept(
            promoted=len(promoted),
            rescued=states.count(JobState.READY),
            quarantined=states.count(JobState.DEAD),
            pruned=pruned,
            next_due=None if next_due is None else max(0.0, next_due),
        )

    async def _rescue(self, uow: UnitOfWork, limit: int, at: datetime | None) -> list[str]:
        rescued = await uow.all(upkeep.RESCUE, limit=limit, at=at)
        for row in rescued:
            error = JobError("crashed", f"worker {row.worker} let the lease run out")
            if row.state == JobState.DEAD:
                await uow.execute(upkeep.SET_ERROR, id=row.id, error=error)
            await step(uow, row, "lease expired", at, error=error)
        await follow(uow, rescued, at)
        return [row.state for row in rescued]

    async def _prune(self, uow: UnitOfWork, limit: int, at: datetime | None) -> int:
        gone = await uow.all(upkeep.PRUNE, limit=limit, at=at)
        if gone:
            ids = json_text(gone)
            await uow.execute(upkeep.PRUNE_STEPS, ids=ids)
            await uow.execute(upkeep.PRUNE_EDGES, ids=ids)
            await uow.execute(upkeep.PRUNE_EFFECTS, ids=ids)
        for counts in self._tally.take():
            await uow.execute(upkeep.COUNT, at=at, **counts)
        await uow.execute(upkeep.PRUNE_UNIQUES, at=at)
        await uow.execute(upkeep.PRUNE_STARTS, at=at)
        await uow.execute(upkeep.PRUNE_MINUTES, at=at)
        return len(gone)

    async def wait(self, queues: Sequence[str], seconds: float) -> None:
        """Return when a job may be ready."""
        await self._bell.wait(queues, seconds)

    async def cancel(self, organization_id: UUID, job_id: UUID) -> JobState | None:
        """End a live job."""
        at = self._at()

        async def end(uow: UnitOfWork) -> JobState | None:
            found = await uow.first(looking.LOCK, organization_id=organization_id, id=job_id)
            if found is None:
                return None
            if found.state == JobState.RUNNING:
                await uow.first(settling.ASK_CANCEL, id=job_id)
                return JobState.RUNNING
            row = await uow.first(settling.CANCEL, id=job_id, at=at)
            if row is None:
                return JobState(found.state)
            await step(uow, row, "cancelled", at)
            await follow(uow, [row], at, before={job_id: found.state})
            return JobState.CANCELLED

        return await self._database.run(SYSTEM, end)

    async def replay(
        self, organization_id: UUID, ids: Sequence[UUID], *, payload: Raw | None = None
    ) -> list[UUID]:
        """Make dead or cancelled jobs ready again.

        Raises:
            NotReplayable: a payload is given, and the one job it is for has not ended badly.
        """
        at = self._at()

        async def again(uow: UnitOfWork) -> list[UUID]:
            done: list[UUID] = []
            queues: set[str] = set()
            for job_id in sorted(ids):
                found = await uow.first(looking.LOCK, organization_id=organization_id, id=job_id)
                if found is None or found.state not in {JobState.DEAD, JobState.CANCELLED}:
                    if payload is not None:
                        raise NotReplayable
                    continue
                queues.add(
                    await replayed(uow, found, None if payload is None else bytes(payload).decode(), at)
                )
                done.append(job_id)
            if queues:
                uow.after_commit(lambda: self._bell.ring(queues))
            return done

        return await self._database.run(SYSTEM, again)

    async def pause(self, queue: str, *, paused: bool) -> None:
        """Stop or go on handing out a queue's jobs."""

        async def write(uow: UnitOfWork) -> None:
            await uow.execute(looking.PAUSE, queue=queue, paused=paused)
            uow.after_commit(lambda: self._bell.ring({queue}))

        await self._database.run(SYSTEM, write)

    async def limit(self, queue: str, *, rate: tuple[int, float] | None, concurrency: int | None) -> None:
        """Limit a queue."""
        starts, period = rate or (None, None)

        async def write(uow: UnitOfWork) -> None:
            await uow.execute(
                looking.LIMIT, queue=queue, concurrency=concurrency, starts=starts, period=period
            )

        await self._database.run(SYSTEM, write)
        self._limits_until = -math.inf

    def running(self) -> AbstractAsyncContextManager[None]:
        """A database needs nothing beside the verbs."""
        return nullcontext()

    async def close(self) -> None:
        """Write the last counts and stop listening."""
        counts = self._tally.take()
        if counts:

            async def write(uow: UnitOfWork) -> None:
                for one in counts:
                    await uow.execute(upkeep.COUNT, at=self._at(), **one)

            await self._database.run(SYSTEM, write)
        await self._bell.close()
