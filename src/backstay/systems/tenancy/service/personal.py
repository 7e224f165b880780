"""What organizations keep about a person: that they belong to them, and under which name."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.personal import PersonalData
from backstay.systems.tenancy import queries


async def _export(reader: Reader, user_id: UUID) -> list[queries.OwnMembership]:
    return await reader.all(queries.MEMBERSHIPS_OF, user_id=user_id)


async def _erase(uow: UnitOfWork, user_id: UUID) -> int:
    return await uow.execute(queries.ERASE_MEMBERSHIPS, user_id=user_id)


PERSONAL: Final = PersonalData(export=_export, erase=_erase)
"""For the manifest."""
