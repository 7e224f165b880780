"""The removal of deleted notes whose days are over, a little at a time."""

from __future__ import annotations

from datetime import timedelta

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, UnitOfWork
from backstay.products.notes.queries import upkeep as queries


async def purge(uow: UnitOfWork, *, window: timedelta, batch: int) -> int:
    """Remove for good at most `batch` notes of any organization deleted longer than `window` ago.

    Their links and what tags they bore go with them. Returns how many went.
    """
    return await uow.execute(queries.PURGE, before=uow.now() - window, batch=batch)


async def drop_unused_tags(uow: UnitOfWork, *, batch: int) -> int:
    """Remove at most `batch` tags that no note bears, not even a deleted one. Returns how many went."""
    ids = await uow.all(queries.UNUSED_TAGS, batch=batch)
    # Asked again now that the rows are locked: a note may have got the tag in between.
    return await uow.execute(queries.DROP_UNUSED, ids=ids) if ids else 0


async def purge_all(database: Database, *, window: timedelta, batch: int) -> int:
    """Remove all that is due, a unit of work a batch, so that nobody else waits for long.

    Returns how many notes went.
    """
    gone = 0
    while went := await database.run(SYSTEM, lambda uow: purge(uow, window=window, batch=batch)):
        gone += went
        if went < batch:
            break
    while await database.run(SYSTEM, lambda uow: drop_unused_tags(uow, batch=batch)) == batch:
        pass
    return gone
