"""The job engine in the application's own database: SQLite or PostgreSQL.

A job is kept in the commit that asked for it and ends in the commit that did it. One store
serves one `Database`; any number of processes may have one on the same database.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Final
from uuid import UUID

from msgspec import Raw
from msgspec.structs import replace

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, Reader, UnitOfWork
from backstay.systems.jobs.contracts import (
    Durability,
    JobState,
    Promises,
    Receipt,
)
from backstay.systems.jobs.engines import sql_enqueue, sql_rows, sql_upkeep
from backstay.systems.jobs.engines.alike import models_of
from backstay.systems.jobs.engines.sql_changes import Changes
from backstay.systems.jobs.engines.sql_claim import Claims
from backstay.systems.jobs.engines.sql_epochs import Epochs
from backstay.systems.jobs.engines.sql_reading import SqlReading
from backstay.systems.jobs.engines.sql_rows import SECOND
from backstay.systems.jobs.engines.sql_wake import Waking
from backstay.systems.jobs.engines.store import (
    Claimed,
    Extension,
    LeaseKey,
    NewJob,
    Outcome,
    Swept,
)
from backstay.systems.jobs.errors import StaleLease
from backstay.systems.jobs.queries import changing, upkeep
from backstay.systems.jobs.queries.changing import Present

_BELIEVED: Final = 5.0
"""Seconds for which is believed what the server said of its commits."""


class SqlStore(SqlReading):
    """Jobs in the application's database."""

    def __init__(self, database: Database) -> None:
        """The jobs module's tables must be there."""
        super().__init__(database)
        self._claims = Claims(database, self._arguments)
        self._epochs = Epochs(database, self._arguments)
        self._waking = Waking(database, self._arguments, self._claims.crowd)
        self._durable: Durability | None = None
        self._ask_again = 0.0
        self.promises = Promises(
            engine=database.dialect,
            transactional="same-commit",
            transactional_finish=True,
            durability=Durability.DISK,
            limits=(
                ("one process writes at a time; other processes wait for it",)
                if database.dialect == "sqlite"
                else ("how durable a receipt is, is told by the server's synchronous_commit and fsync",)
            ),
        )

    async def _changes(self, uow: UnitOfWork) -> Changes:
        at = self._at()
        now = at if at is not None else await uow.one(changing.NOW, at=None)
        return Changes(uow, at, now)

    async def enqueue(self, uow: UnitOfWork, jobs: Sequence[NewJob]) -> list[Receipt]:
        """Keep jobs in the unit's transaction."""
        if not jobs:
            return []
        sorts = models_of(jobs)
        if uow.dialect == "postgresql" and all(map(sql_enqueue.is_plain, sorts)):
            durability = await self._durability(uow)
            ids = await sql_enqueue.enqueue_plain(uow, jobs, self._at())
            self._tell_of(uow, {job.queue for job in sorts}, limited=any(map(_is_limited, sorts)))
            return [Receipt(one, True, durability) for one in ids]
        present = await self._present(uow)
        changes = Changes(uow, self._at(), present.now)
        held = await sql_enqueue.enqueue(uow, jobs, changes)
        queues = {job.queue for job in jobs if not held or job.id not in held}
        self._tell_of(uow, queues, limited=any(map(_is_limited, jobs)))
        durability = present.durability
        if not held:
            return [Receipt(job.id, True, durability) for job in jobs]
        return [Receipt(held.get(job.id, job.id), job.id not in held, durability) for job in jobs]

    def _tell_of(self, uow: UnitOfWork, queues: set[str], *, limited: bool) -> None:
        if limited:
            uow.after_commit(self._claims.expect_limits)
        uow.after_commit(lambda: self._waking.wake(queues))

    async def _durability(self, reader: Reader) -> Durability:
        """What a commit survives, as the server said within the last `_BELIEVED` seconds."""
        moment = time.monotonic()
        if self._durable is None or moment >= self._ask_again:
            self._durable = (await self._present(reader)).durability
            self._ask_again = moment + _BELIEVED
        return self._durable

    async def _present(self, reader: Reader) -> Present:
        at = self._at()
        if at is not None and self._database.dialect == "sqlite":
            return Present(at, Durability.DISK)
        return await reader.one(changing.PRESENT, at=at)

    async def promised(self) -> Promises:
        """What it promises as the server is set now."""
        present = await self._present(self._database.reader(SYSTEM))
        return replace(self.promises, durability=present.durability)

    async def claim(
        self, worker: str, queues: Sequence[str], limit: int, lease: float, *, eager: bool = False
    ) -> list[Claimed]:
        """Take ready jobs."""
        # On SQLite a look for more is no trip, and an empty claim of its own would be a transaction.
        eager = eager and self._database.dialect == "postgresql"
        taken = await self._claims.claim(worker, queues, limit, lease, eager=eager)
        return [sql_rows.claimed(row) for row in taken]

    async def extend(self, keys: Sequence[LeaseKey], lease: float) -> list[Extension]:
        """Move the ends of leases."""
        seconds = round(lease * SECOND)
        found = {
            row.id: row.stop
            for row in await self._database.once(
                SYSTEM,
                changing.EXTEND,
                **self._arguments(changing.EXTEND, {"rows": list(keys), "seconds": seconds}),
            )
        }
        return [Extension(key, key.id in found, found.get(key.id, False)) for key in keys]

    async def settle(self, outcomes: Sequence[Outcome]) -> list[bool]:
        """End claims."""
        held: set[LeaseKey] = set()
        if self._database.dialect == "postgresql":
            free = [one for one in outcomes if one.to is JobState.COMPLETED]
            if free:
                held = await self._finish_free(free)
        rest = [one for one in outcomes if one.key not in held]
        if rest:
            held |= await self._database.run(SYSTEM, lambda uow: self._settle(uow, rest))
        return [one.key in held for one in outcomes]

    async def _finish_free(self, outcomes: Sequence[Outcome]) -> set[LeaseKey]:
        given = {
            "ids": [one.key.id for one in outcomes],
            "leases": [one.key.lease for one in outcomes],
            "results": [one.result and one.result.decode() for one in outcomes]
            if any(one.result is not None for one in outcomes)
            else None,
        }
        statement = changing.FINISH_FREE
        ended = set(await self._database.once(SYSTEM, statement, **self._arguments(statement, given)))
        return {one.key for one in outcomes if one.key.lease in ended}

    async def _settle(self, uow: UnitOfWork, outcomes: Sequence[Outcome]) -> set[LeaseKey]:
        changes = await self._changes(uow)
        rows = {row.id: row for row in await changes.lock(one.key.id for one in outcomes)}
        held = set()
        for outcome in outcomes:
            row = rows.get(outcome.key.id)
            if row is None or row.lease != outcome.key.lease or row.state != JobState.RUNNING:
                changes.stale("" if row is None else row.queue)
                continue
            changes.settle(row, outcome)
            held.add(outcome.key)
        await changes.finish()
        self._wake_after(uow, changes)
        return held

    def _wake_after(self, uow: UnitOfWork, changes: Changes) -> None:
        if changes.ready:
            uow.after_commit(lambda: self._waking.wake(changes.ready))

    async def settle_in(self, uow: UnitOfWork, outcome: Outcome) -> None:
        """End a claim in the handler's own transaction."""
        if not await self._settle(uow, [outcome]):
            raise StaleLease

    async def check_in(self, uow: UnitOfWork, key: LeaseKey) -> None:
        """Make the unit's commit depend on the lease."""
        changes = await self._changes(uow)
        rows = await changes.lock([key.id])
        if not rows or rows[0].lease != key.lease or rows[0].state != JobState.RUNNING:
            raise StaleLease

    async def once_in(self, uow: UnitOfWork, job_id: UUID, effect: str) -> bool:
        """Note an effect."""
        return await uow.first(upkeep.ONCE, job_id=job_id, effect=effect) is not None

    async def progress(self, key: LeaseKey, fraction: float) -> bool:
        """Note how far a running job is."""
        given = {"id": key.id, "lease": key.lease, "fraction": fraction}
        return bool(await self._database.once(SYSTEM, changing.PROGRESS, **given))

    async def sweep(self, limit: int) -> Swept:
        """One bounded round of upkeep."""

        async def work(uow: UnitOfWork) -> Swept:
            changes = await self._changes(uow)
            since = self._claims.crowd.expired_since(changes.now)
            swept = await sql_upkeep.sweep(changes, limit, since)
            if swept.rescued + swept.quarantined < limit:
                self._claims.crowd.note_sweep(changes.now)
            self._wake_after(uow, changes)
            return swept

        swept = await self._database.run(SYSTEM, work)
        if strays := await self._epochs.tend():
            self._waking.wake(strays)
        return swept

    async def wait(self, queues: Sequence[str], seconds: float) -> None:
        """Return when a job may be ready."""
        if not self._claims.unfinished:
            await self._waking.wait(queues, seconds)

    async def cancel(self, organization_id: UUID, job_id: UUID) -> JobState | None:
        """End a live job, or ask its worker to."""

        async def work(uow: UnitOfWork) -> JobState | None:
            changes = await self._changes(uow)
            state = await sql_upkeep.cancel(changes, organization_id, job_id)
            self._wake_after(uow, changes)
            return state

        state = await self._database.run(SYSTEM, work)
        if state is not None:
            return state
        info = await self.get(organization_id, job_id)
        return None if info is None else info.state

    async def replay(
        self, organization_id: UUID, ids: Sequence[UUID], *, payload: Raw | None = None
    ) -> list[UUID]:
        """Make dead or cancelled jobs ready again."""
        if payload is not None and len(ids) != 1:
            raise ValueError("new arguments are for one job")
        text = None if payload is None else bytes(payload).decode()

        async def work(uow: UnitOfWork) -> list[UUID]:
            changes = await self._changes(uow)
            replayed = await sql_upkeep.replay(changes, organization_id, ids, text)
            self._wake_after(uow, changes)
            return replayed

        return await self._database.run(SYSTEM, work)

    async def pause(self, queue: str, *, paused: bool) -> None:
        """Stop or go on handing out a queue's jobs."""
        await self._database.run(
            SYSTEM, lambda uow: uow.execute(upkeep.SET_PAUSED, queue=queue, paused=paused)
        )
        self._waking.wake({queue})

    async def limit(self, queue: str, *, rate: tuple[int, float] | None, concurrency: int | None) -> None:
        """Set a queue's limits."""
        count, seconds = rate or (None, None)
        await self._database.run(
            SYSTEM,
            lambda uow: uow.execute(
                upkeep.SET_LIMIT, queue=queue, count=count, seconds=seconds, concurrency=concurrency
            ),
        )
        self._claims.expect_limits()
        self._waking.wake({queue})

    def running(self) -> AbstractAsyncContextManager[None]:
        """A database needs nothing beside the verbs."""
        return nullcontext()

    def healthy(self) -> bool:
        """Whether the looks for jobs are answered."""
        return self._waking.healthy()

    async def close(self) -> None:
        """Give back connections."""
        await self._waking.close()


def _is_limited(job: NewJob) -> bool:
    return bool(job.concurrency_key or job.rate_key)
