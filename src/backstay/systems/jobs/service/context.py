"""What a running handler is given of its job."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from uuid import UUID

from backstay.kernel.actor import Actor, ActorKind
from backstay.kernel.database import Database, UnitOfWork
from backstay.systems.jobs.engines.store import Claimed, Store
from backstay.systems.jobs.service.stopping import Stop


class JobContext:
    """One attempt of one job."""

    def __init__(self, claimed: Claimed, database: Database, store: Store) -> None:
        """Made by the worker."""
        self._claimed = claimed
        self._database = database
        self._store = store

    # Few handlers ask for these two, and there may be many thousand attempts a second.
    @cached_property
    def stop(self) -> Stop:
        """Says when somebody wants it to end."""
        return Stop()

    @cached_property
    def actor(self) -> Actor:
        """For whom it acts: a service without permissions, in the organization of who enqueued it."""
        claimed = self._claimed
        return Actor(
            id=claimed.actor_id,
            kind=ActorKind.SERVICE,
            name=f"job {claimed.kind}",
            organization_id=claimed.organization_id,
            permissions=frozenset(),
        )

    @property
    def id(self) -> UUID:
        """The job's."""
        return self._claimed.id

    @property
    def cancelled(self) -> bool:
        """Somebody wants it to end: a handler that cannot be interrupted may look at this."""
        return self.stop.requested

    @property
    def attempt(self) -> int:
        """1 for the first."""
        return self._claimed.attempt

    @property
    def fence(self) -> int:
        """Larger than that of every earlier claim: pass it on, and let a store refuse smaller ones.

        See Kleppmann, "How to do distributed locking" (2016), on fencing tokens.
        """
        return self._claimed.lease

    async def once(self, uow: UnitOfWork, effect: str) -> bool:
        """Whether this job does `effect` for the first time, whatever attempt it is.

        The note is made in the unit's transaction: what else the unit does happens exactly once.
        """
        return await self._store.once_in(uow, self.id, effect)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[UnitOfWork]:
        """A unit of work that commits only while this worker still holds the job.

        Raises:
            StaleLease: it does not any more; the unit is rolled back.
        """
        async with self._database.transaction(self.actor) as uow:
            yield uow
            await self._store.check_in(uow, self._claimed.key)

    async def progress(self, fraction: float) -> None:
        """Tell how far it is, from 0 to 1."""
        await self._store.progress(self._claimed.key, min(1.0, max(0.0, fraction)))

    async def results(self) -> dict[UUID, bytes | None]:
        """What the jobs that it waited for returned, as JSON, by their ids."""
        return await self._store.results(self.id)
