"""What notes keep about a person: their notes and tags, which nobody else has a part in."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.personal import PersonalData
from backstay.products.notes.queries import personal as queries


async def _export(reader: Reader, user_id: UUID) -> dict[str, Any]:
    return {"notes": await reader.all(queries.NOTES_OF, user_id=user_id)}


async def _erase(uow: UnitOfWork, user_id: UUID) -> int:
    gone = await uow.execute(queries.ERASE_NOTES, user_id=user_id)
    return gone + await uow.execute(queries.ERASE_TAGS, user_id=user_id)


PERSONAL: Final = PersonalData(export=_export, erase=_erase)
"""For the manifest."""
