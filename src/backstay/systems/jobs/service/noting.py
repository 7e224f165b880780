"""What people do to jobs, queues and schedules, for the audit trail.

The store may be Redis, or has transactions of its own, so no commit covers both. The record is
written first: it may be of something that then failed or found nothing, but nothing is done unrecorded.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from msgspec import structs

from backstay.kernel.actor import Actor
from backstay.kernel.database import Database, UnitOfWork
from backstay.kernel.trail import Trail, record


async def note_asked(
    database: Database,
    actor: Actor,
    action: str,
    subject: tuple[str, object],
    *,
    after: Any = None,
    organization: UUID | None = None,
) -> None:
    """Record what an actor is about to do, in `organization` or their own; nothing when nobody keeps it."""
    try:
        database.parts.part(Trail)  # type: ignore[type-abstract]  # a protocol is the key it is held by
    except LookupError:
        return
    where = actor if organization is None else structs.replace(actor, organization_id=organization)

    async def work(uow: UnitOfWork) -> None:
        record(uow, f"jobs.{action}", subject=subject, after=after)

    await database.run(where, work)
