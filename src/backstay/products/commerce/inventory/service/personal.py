"""What the ledger has of a person: that it was they who moved something."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.personal import PersonalData
from backstay.products.commerce.inventory.queries import ledger
from backstay.products.commerce.inventory.service.moving import NOBODY


async def _export(reader: Reader, user_id: UUID) -> dict[str, Any]:
    return {"movements": await reader.all(ledger.MOVED_BY, user_id=user_id)}


async def _erase(uow: UnitOfWork, user_id: UUID) -> int:
    return await uow.execute(ledger.ERASE_MOVER, user_id=user_id, nobody=NOBODY)


PERSONAL: Final = PersonalData(export=_export, erase=_erase)
"""The ledger stays exact, as nobody's."""
