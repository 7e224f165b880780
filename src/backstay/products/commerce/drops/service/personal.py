"""What drops keep about a person: their places."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.personal import PersonalData
from backstay.products.commerce.drops.queries import places as queries


async def _export(reader: Reader, user_id: UUID) -> dict[str, Any]:
    return {"places": await reader.all(queries.PLACES_OF, user_id=user_id)}


async def _erase(uow: UnitOfWork, user_id: UUID) -> int:
    return await uow.execute(queries.ERASE, user_id=user_id)


PERSONAL: Final = PersonalData(export=_export, erase=_erase)
"""For the manifest. A place stays in the queue, as nobody's."""
