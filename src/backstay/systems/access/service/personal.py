"""What roles say about a person: which they have, and where."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.personal import PersonalData
from backstay.systems.access import queries
from backstay.systems.access.errors import LastOwner
from backstay.systems.access.service.presets import OWNER


async def _export(reader: Reader, user_id: UUID) -> list[queries.OwnRole]:
    return await reader.all(queries.ASSIGNMENTS_OF, user_id=user_id)


async def _erase(uow: UnitOfWork, user_id: UUID) -> int:
    return await uow.execute(queries.ERASE, user_id=user_id)


async def _refuse(reader: Reader, user_id: UUID) -> None:
    alone = await reader.all(queries.OWNED_ALONE, user_id=user_id, owner=OWNER)
    if alone:
        raise LastOwner(
            "Let somebody else own what only you own, or end it, first.",
            organizations=[str(one) for one in alone],
        )


PERSONAL: Final = PersonalData(export=_export, erase=_erase, refuse=_refuse)
"""Whoever owns an organization alone cannot go: the database would refuse it later, in the job."""
