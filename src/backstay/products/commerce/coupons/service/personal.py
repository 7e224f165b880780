"""What coupons keep about a person: which they used, for which order."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.personal import PersonalData
from backstay.products.commerce.coupons.queries import claiming as queries


async def _export(reader: Reader, user_id: UUID) -> dict[str, Any]:
    return {"uses": await reader.all(queries.CLAIMS_OF, user_id=user_id)}


async def _erase(uow: UnitOfWork, user_id: UUID) -> int:
    return await uow.execute(queries.ERASE, user_id=user_id)


PERSONAL: Final = PersonalData(export=_export, erase=_erase)
"""Uses stay counted, as nobody's."""
