"""What is kept of people's requests, for whoever exports and erases accounts."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.personal import PersonalData
from backstay.systems.idempotency import queries
from backstay.systems.idempotency.contracts import IdempotencyKey


async def _export(reader: Reader, user_id: UUID) -> list[IdempotencyKey]:
    return await reader.all(queries.KEYS_OF, user_id=user_id)


async def _erase(uow: UnitOfWork, user_id: UUID) -> int:
    return await uow.execute(queries.ERASE, user_id=user_id)


PERSONAL: Final = PersonalData(export=_export, erase=_erase)
"""Keys go with their answers; requests under way fail, for their claims are gone."""
