"""What wishlists keep about a person: their lists."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.personal import PersonalData
from backstay.products.commerce.wishlists import queries


async def _export(reader: Reader, user_id: UUID) -> dict[str, Any]:
    return {"lists": await reader.all(queries.LISTS_OF, user_id=user_id)}


async def _erase(uow: UnitOfWork, user_id: UUID) -> int:
    return await uow.execute(queries.ERASE, user_id=user_id)


PERSONAL: Final = PersonalData(export=_export, erase=_erase)
"""For the manifest."""
