"""Replays: an organization's events from a position on, handed to one subscription again."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

import msgspec

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.errors import BackstayError, FieldError, Invalid
from backstay.kernel.trail import record
from backstay.systems.events.contracts import EventReplay, EventReplayState
from backstay.systems.events.errors import NoSuchReplay, NoSuchSubscription, PositionGone
from backstay.systems.events.queries import log, readers
from backstay.systems.events.service.dispatching import deliver
from backstay.systems.events.service.part import Events
from backstay.systems.events.service.subscribing import Subscription

_log: Final = logging.getLogger("backstay.events")
POLL: Final = 1.0
"""Seconds between looks for replays that another process was asked for."""


def subscription_of(reader: Reader, name: str) -> Subscription:
    """The subscription of this name.

    Raises:
        NoSuchSubscription: nobody declares it.
    """
    found = reader.part(Events).subscriptions.get(name)
    if found is None:
        raise NoSuchSubscription
    return found


async def start(uow: UnitOfWork, name: str, *, first: int, last: int | None) -> EventReplay:
    """Begin to hand the organization's events from `first` to `last` to a subscription again.

    Its handler runs for each of them anew, whether or not it did before: that is what a replay is
    for. Within the replay, each effect still happens once. `last` is the present end when not given.

    Raises:
        NoSuchSubscription: nobody declares it.
        Invalid: `last` lies before `first`.
        PositionGone: the log begins after `first`.
    """
    subscription = subscription_of(uow, name)
    standing = await uow.first(readers.STANDING)
    end = standing.position if standing is not None else 0
    if last is not None and last < first:
        raise Invalid(FieldError(pointer="/last", code="range", message=f"must be {first} or more"))
    # Beyond the end there is nothing to hand over, and that is soon done.
    last = max(first - 1, end if last is None else min(last, end))
    oldest = await uow.first(log.FIRST)
    if oldest is not None and first < oldest:
        raise PositionGone(first=oldest)
    replay = await uow.one(
        readers.START_REPLAY,
        subscription=subscription.name,
        first=first,
        last=last,
        at=uow.now(),
        by=uow.actor.id,
    )
    record(uow, "events.replay_started", subject=("replay", replay.id), after=replay)
    uow.after_commit(uow.part(Events).wake)
    return replay


async def get(reader: Reader, replay_id: int) -> EventReplay:
    """One replay of the organization.

    Raises:
        NoSuchReplay: it started none with this number.
    """
    found = await reader.first(readers.GET_REPLAY, id=replay_id)
    if found is None:
        raise NoSuchReplay
    return found


async def list_(reader: Reader, request: ListRequest) -> Page[EventReplay]:
    """The organization's replays, newest first."""
    return await reader.page(readers.REPLAYS, request)


async def cancel(uow: UnitOfWork, replay_id: int) -> EventReplay:
    """Hand nothing more over; what was handed over stays. A replay that has ended stays as it is.

    Raises:
        NoSuchReplay: the organization started none with this number.
    """
    cancelled = await uow.first(readers.CANCEL_REPLAY, id=replay_id)
    if cancelled is not None:
        record(uow, "events.replay_cancelled", subject=("replay", replay_id), after=cancelled)
    return cancelled or await get(uow, replay_id)


class Replayer:
    """Moves replays on, a batch a transaction; any number of processes may."""

    def __init__(self, database: Database, events: Events, *, batch: int) -> None:
        """`batch`: events in one transaction at most."""
        self._database = database
        self._events = events
        self._batch = batch

    async def run(self) -> None:
        """Move replays on until cancelled."""
        while True:
            try:
                while await self.round():
                    pass
            except BackstayError as failure:
                _log.warning("replays wait: %s", failure.code)
            await self._events.wait(POLL)

    async def round(self) -> bool:
        """Move one replay on; whether there was one."""
        if await self._database.reader(SYSTEM).first(readers.ANY_REPLAY) is None:
            return False
        moved = await self._database.run(SYSTEM, self._move)
        if moved:
            # Several batches in a row must not keep this process from its other work.
            await asyncio.sleep(0)
        return moved

    async def _move(self, uow: UnitOfWork) -> bool:
        replay = await uow.first(readers.NEXT_REPLAY)
        if replay is None:
            return False
        subscription = self._events.subscriptions.get(replay.subscription)
        rows = []
        if subscription is not None:
            owner = msgspec.structs.replace(SYSTEM, organization_id=replay.organization_id)
            rows = await uow.on_behalf(owner).all(
                log.READ_OWN,
                after=replay.position,
                until=replay.last,
                all_types=0,
                types=sorted(subscription.types),
                limit=self._batch,
            )
            await deliver(uow, [(row, subscription) for row in rows], run=replay.id)
        done = len(rows) < self._batch
        await uow.execute(
            readers.MOVE_REPLAY,
            id=replay.id,
            position=replay.last if done else rows[-1].position,
            events=len(rows),
            state=(EventReplayState.DONE if done else EventReplayState.RUNNING).value,
        )
        return True
