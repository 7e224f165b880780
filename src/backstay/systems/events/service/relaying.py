"""Taking the log to the broker: one relay at a time, fenced, from where the last one got to.

A relay that dies between publishing and noting it leaves duplicates, never gaps. Two relays
at once, for one that stood still and woke up, leave nothing worse: each publishes in the log's
order from a place before which everything is confirmed, so that once duplicates are removed
every stream has its order.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, UnitOfWork
from backstay.kernel.errors import BackstayError
from backstay.systems.events.engines.broker import Broker, BrokerUnavailable, Message, MessageRefused
from backstay.systems.events.queries import log, readers, relay
from backstay.systems.events.queries.log import LogRow
from backstay.systems.events.queries.relay import RelayRow
from backstay.systems.events.service.part import POLL, Events

_log: Final = logging.getLogger("backstay.events")
BATCH: Final = 500
"""Events published together: the cursor moves once for them."""
LEASE: Final = timedelta(seconds=15)
"""How long a relay may be silent before another takes over; longer than a broker's patience."""
_AWAY: Final = 1.0
"""Seconds between attempts while the broker or the database does not answer."""


class Relay:
    """One process's relay. Any number may run; one works at a time."""

    def __init__(
        self, database: Database, events: Events, broker: Broker, *, types: Sequence[str] = ()
    ) -> None:
        """`types`: which leave; none: all."""
        self._database = database
        self._events = events
        self._broker = broker
        self._types = frozenset(types)
        self._made = False
        self._away = False

    async def begin(self) -> None:
        """Note where the log stands: what comes after it leaves.

        Raises:
            BackstayError: the database does not answer.
        """
        if not self._made:
            await self._database.run(SYSTEM, _make)
            self._made = True

    async def run(self) -> None:
        """Relay until cancelled."""
        while True:
            pause = POLL
            try:
                await self.round()
            except BackstayError as failure:
                if not self._away:
                    _log.warning("events wait to leave for %s: %s", self._broker.name, failure)
                self._away, pause = True, _AWAY
            else:
                if self._away:
                    _log.info("events leave for %s again", self._broker.name)
                self._away = False
            await self._events.wait(pause)

    async def round(self) -> int:
        """Publish all that waits, unless another relay is at work; how many events left.

        Raises:
            BrokerUnavailable: not everything left; the cursor stands before what may not have.
            BackstayError: the database does not answer.
        """
        await self.begin()
        reader = self._database.reader(SYSTEM)
        standing, end = await reader.one(relay.STANDING), await reader.first(readers.STANDING)
        if end is None or standing.position >= end.position:
            return 0
        taken = await self._database.run(SYSTEM, _take)
        if taken is None:
            return 0
        error = None
        try:
            return await self._drain(taken, end.position)
        except BrokerUnavailable as failure:
            error = str(failure)
            raise
        finally:
            await self._database.run(SYSTEM, partial(_leave, token=taken.token, error=error))

    async def _drain(self, taken: RelayRow, until: int) -> int:
        position, left = taken.position, 0
        while position < until:
            rows = await self._database.reader(SYSTEM).all(
                log.READ, after=position, until=until, all_types=1, types=[], limit=BATCH
            )
            if not rows:
                break
            waiting = [message_of(row) for row in rows if self._leaves(row)]
            refused = await self._publish(waiting)
            position = rows[-1].position or position
            moved = await self._database.run(
                SYSTEM, partial(_move, token=taken.token, position=position, refused=refused)
            )
            if moved is None:
                _log.info("another process took the relay over")
                break
            left += len(waiting) - len(refused)
        return left

    def _leaves(self, row: LogRow) -> bool:
        return not row.received and (not self._types or row.type in self._types)

    async def _publish(self, waiting: list[Message]) -> list[MessageRefused]:
        """Publish them, without those that the broker would never take: they would stop all others."""
        refused: list[MessageRefused] = []
        while True:
            try:
                await self._broker.publish(waiting)
            except MessageRefused as one:
                _log.error("an event was left out, %s does not take it: %s", self._broker.name, one)
                refused.append(one)
                waiting = [message for message in waiting if message.id != one.message.id]
            else:
                return refused


async def _make(uow: UnitOfWork) -> None:
    await uow.execute(relay.MAKE, at=uow.now())


async def _take(uow: UnitOfWork) -> RelayRow | None:
    return await uow.first(relay.TAKE, at=uow.now(), until=uow.now() + LEASE)


async def _move(
    uow: UnitOfWork, *, token: int, position: int, refused: Sequence[MessageRefused]
) -> int | None:
    return await uow.first(
        relay.MOVE,
        token=token,
        position=position,
        until=uow.now() + LEASE,
        refused=len(refused),
    )


async def _leave(uow: UnitOfWork, *, token: int, error: str | None) -> None:
    await uow.execute(relay.LEAVE, token=token, at=uow.now(), error=error)


def message_of(row: LogRow) -> Message:
    """An event of the log as it leaves."""
    extensions: dict[str, str | int | bool] = {
        "organizationid": str(row.organization_id),
        "actorid": str(row.actor_id),
    }
    if row.position is not None:
        extensions["position"] = row.position
    if row.version is not None:
        extensions["streamversion"] = row.version
    if row.traceparent is not None:
        extensions["traceparent"] = row.traceparent
    return Message(
        id=str(row.id),
        source=row.source,
        type=row.type,
        subject=row.subject,
        time=row.time,
        key=None if row.stream is None else f"{row.organization_id}/{row.stream}",
        data=row.data.encode(),
        extensions=extensions,
    )
