"""Upkeep: mails are not kept for ever."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, UnitOfWork
from backstay.systems.mail.queries import messages, suppressions

BATCH: Final = 500
"""Rows removed in one transaction, so that no removal holds the database for long."""


async def prune(database: Database, *, days: int) -> int:
    """Remove mails and reports that are older, of every organization; how many mails that were."""

    async def some(uow: UnitOfWork) -> tuple[int, int]:
        before = uow.now() - timedelta(days=days)
        mails = await uow.execute(messages.PRUNE, before=before, batch=BATCH)
        return mails, await uow.execute(suppressions.PRUNE, before=before, batch=BATCH)

    total = 0
    while True:
        mails, reports = await database.run(SYSTEM, some)
        total += mails
        if mails < BATCH and reports < BATCH:
            return total
