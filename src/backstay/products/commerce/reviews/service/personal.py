"""What reviews keep about a person: what they wrote, found helpful and reported."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.personal import PersonalData
from backstay.products.commerce.reviews.queries import personal as queries


async def _export(reader: Reader, user_id: UUID) -> dict[str, Any]:
    return {
        "reviews": await reader.all(queries.REVIEWS_OF, user_id=user_id),
        "helpful": await reader.all(queries.VOTES_OF, user_id=user_id),
        "reports": await reader.all(queries.REPORTS_OF, user_id=user_id),
    }


async def _erase(uow: UnitOfWork, user_id: UUID) -> int:
    written = await uow.execute(queries.ERASE_REVIEWS, user_id=user_id)
    voted = await uow.execute(queries.ERASE_VOTES, user_id=user_id)
    return written + voted + await uow.execute(queries.ERASE_REPORTS, user_id=user_id)


PERSONAL: Final = PersonalData(export=_export, erase=_erase)
"""Stars and votes stay counted, as nobody's; words and names go."""
