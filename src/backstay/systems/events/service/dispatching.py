"""Giving positions and handing events over: one transaction for a batch, whoever does it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, UnitOfWork
from backstay.kernel.errors import BackstayError
from backstay.systems.events.queries import log, readers
from backstay.systems.events.queries.log import LogRow
from backstay.systems.events.service.part import POLL, Events
from backstay.systems.events.service.subscribing import Delivery, Subscription
from backstay.systems.jobs import Behalf, Given, enqueue_many

_log: Final = logging.getLogger("backstay.events")
_AWAY: Final = 0.5
"""Seconds between attempts while the database does not answer."""


class Dispatcher:
    """One process's dispatcher. Any number may run; each event is handed over once all the same."""

    def __init__(self, database: Database, events: Events, *, batch: int) -> None:
        """`batch`: events in one transaction at most."""
        self._database = database
        self._events = events
        self._batch = batch
        self._generation = 0
        self._roster = roster_of(events.subscriptions.values())

    async def run(self) -> None:
        """Hand events over until cancelled, or until a newer deployment's processes do."""
        away = False
        while True:
            pause = POLL
            try:
                if not self._generation:
                    await self.take_over()
                while await self.round() == self._batch:
                    pass
            except BackstayError as failure:
                if not away:
                    _log.warning("events wait, the database does not answer: %s", failure.code)
                away, pause = True, _AWAY
            else:
                if away:
                    _log.info("the database answers again, events go on")
                away = False
                if not self._events.dispatching:
                    _log.info("processes with other subscriptions hand events over; this one stands by")
                    return
            await self._events.wait(pause)

    async def take_over(self) -> None:
        """Make these subscriptions the ones that events are handed to.

        In a rolling deployment the processes that came first still know the old ones, and would
        leave the new ones out; they find out at their next round, and stop.
        """

        async def work(uow: UnitOfWork) -> int:
            await uow.execute(readers.MAKE)
            await uow.execute(readers.TAKE_OVER, roster=self._roster)
            return (await uow.one(readers.STANDING)).generation

        self._generation = await self._database.run(SYSTEM, work)
        self._events.dispatching = True

    async def round(self) -> int:
        """Hand over what waits, a batch at most; how many events that was."""
        if await self._database.reader(SYSTEM).first(log.ANY_PENDING) is None:
            standing = await self._database.reader(SYSTEM).first(readers.STANDING)
            self._events.dispatching = standing is not None and standing.generation == self._generation
            return 0
        count = await self._database.run(SYSTEM, self._hand_over)
        if count:
            self._events.wake()
        return count

    async def _hand_over(self, uow: UnitOfWork) -> int:
        await uow.all(readers.FORGIVE)
        standing = await uow.one(readers.HOLD)
        self._events.dispatching = standing.generation == self._generation
        if not self._events.dispatching:
            return 0
        rows = await uow.all(log.GIVE_POSITIONS, base=standing.position, limit=self._batch)
        if not rows:
            return 0
        rows.sort(key=lambda row: row.seq)
        subscribed = self._events.subscriptions_to
        await deliver(uow, [(row, to) for row in rows for to in subscribed(row.type)])
        await uow.execute(readers.MOVE, position=standing.position + len(rows))
        return len(rows)


async def deliver(uow: UnitOfWork, deliveries: Iterable[tuple[LogRow, Subscription]], *, run: int = 0) -> int:
    """Enqueue the jobs of deliveries, each for the event's organization and under its trace; how many."""
    jobs: list[Delivery] = []
    given: list[Given] = []
    for row, subscription in deliveries:
        jobs.append(subscription.job(event=row.recorded(), seq=row.seq, run=run))
        given.append(
            Given(
                order_key=None if row.stream is None else f"{subscription.name}:{run}:{row.stream}",
                on_behalf=Behalf(
                    organization_id=row.organization_id,
                    actor_id=row.actor_id,
                    traceparent=row.traceparent,
                    request_id=row.request_id,
                ),
            )
        )
    if jobs:
        await enqueue_many(uow, jobs, given)
    return len(jobs)


def roster_of(subscriptions: Iterable[Subscription]) -> str:
    """What tells one set of subscriptions from another."""
    lines = sorted(f"{one.name}={','.join(sorted(one.types))}" for one in subscriptions)
    return blake2b("\n".join(lines).encode(), digest_size=12).hexdigest()
