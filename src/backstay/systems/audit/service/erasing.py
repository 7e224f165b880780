"""Erasing a person: their keys go, what was sealed with them stays as noise, and the chain still holds."""

from __future__ import annotations

from uuid import UUID

from backstay.kernel.actor import Actor
from backstay.kernel.database import Database, UnitOfWork
from backstay.systems.audit import queries
from backstay.systems.audit.contracts import ErasureReceipt
from backstay.systems.audit.service.checkpoints import in_organization
from backstay.systems.audit.service.recording import record


async def erase(database: Database, actor: Actor, person_id: UUID) -> ErasureReceipt:
    """Destroy a person's keys in every organization, and record in each that it happened.

    Each organization is a unit of its own; doing it again does what was left.
    """
    reader = database.reader(actor)
    organizations = await reader.all(queries.ORGANIZATIONS_OF, person_id=person_id)
    for organization in organizations:
        await database.run(in_organization(organization), lambda uow: erase_here(uow, person_id))
    return ErasureReceipt(person_id, len(organizations), reader.now())


async def erase_here(uow: UnitOfWork, person_id: UUID) -> bool:
    """Destroy a person's key in the unit's organization; False when there is none."""
    gone = await uow.execute(queries.ERASE, person_id=person_id)
    if gone:
        record(uow, "audit.person_erased", subject=("person", person_id))
    return gone > 0
