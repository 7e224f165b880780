"""Removing events whose days are over, and what was noted of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from backstay.kernel.database import UnitOfWork
from backstay.systems.events.queries import log, readers, relay
from backstay.systems.events.service.part import Events

BATCH: Final = 5000
"""Rows in one transaction at most; the rest goes with the next."""


async def prune(uow: UnitOfWork, *, days: int) -> int:
    """Remove events older than `days` that every projection is past, and the relay; how many.

    Streams that were appended to with an expected version keep theirs.
    """
    standing = await uow.first(readers.STANDING)
    if standing is None:
        return 0
    until = [standing.position]
    slowest = await uow.first(readers.SLOWEST)
    if slowest is not None:
        until.append(slowest)
    if uow.part(Events).broker:
        leaving = await uow.first(relay.STANDING)
        until.append(0 if leaving is None else leaving.position)
    gone = await uow.all(
        log.PRUNE,
        until=min(until),
        before=uow.now() - timedelta(days=days),
        limit=BATCH,
    )
    if gone:
        for name in uow.part(Events).subscriptions:
            await uow.all(readers.PRUNE_INBOX, subscription=name, seq=max(gone), limit=2 * BATCH)
    return len(gone)
