"""Erasing a person: their keys go, what was sealed with them stays as noise, and the chain still holds."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from backstay.kernel.actor import SYSTEM, Actor
from backstay.kernel.database import Database, UnitOfWork
from backstay.systems.audit import queries
from backstay.systems.audit.contracts import ErasureReceipt
from backstay.systems.audit.service.checkpoints import in_organization
from backstay.systems.audit.service.recording import Auditor, record


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
    gone = await uow.part(Auditor).person_keys.destroy(uow, person_id)
    if gone:
        record(uow, "audit.person_erased", subject=("person", person_id))
    return gone


async def move_keys(database: Database, *, batch: int = 500) -> int:
    """Take every person's key that is beside the records into the vault; returns how many were.

    Raises:
        LookupError: there is no vault.
        DatabaseUnavailable: it does not answer; doing it again does what was left.
    """
    moved = 0
    keys = database.parts.part(Auditor).person_keys
    if not keys.apart:
        raise LookupError("audit.keys_url (AUDIT_KEYS_URL) names no vault")
    while some := await database.reader(SYSTEM).all(queries.BESIDE, batch=batch):
        for one in some:
            work = partial(keys.move, person=one.person_id)
            moved += await database.run(in_organization(one.organization_id), work)
    return moved
