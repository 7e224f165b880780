"""Keys whose time is over go, and answers that were kept for minutes."""

from __future__ import annotations

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, Statement
from backstay.systems.idempotency import queries
from backstay.systems.idempotency.service.claims import Claims


async def prune_all(database: Database) -> int:
    """Remove keys whose time is over, and answers before them, in bounded transactions; how many keys."""
    await _in_batches(database, queries.FORGET_ANSWERS)
    return await _in_batches(database, queries.PRUNE)


async def _in_batches(database: Database, statement: Statement[None]) -> int:
    claims = database.parts.part(Claims)
    given = {"at": claims.present(), "batch": claims.settings.prune_batch}
    touched = 0
    while True:
        gone = await database.run(SYSTEM, lambda uow: uow.execute(statement, **given))
        touched += gone
        if gone < claims.settings.prune_batch:
            return touched
