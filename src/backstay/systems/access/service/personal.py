"""What roles say about a person: which they have, and where; and what becomes of it when they cannot act."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backstay.kernel.database import ConstraintViolation, Reader, UnitOfWork
from backstay.kernel.personal import PersonalData
from backstay.systems.access import queries
from backstay.systems.access.errors import LastOwner
from backstay.systems.access.service.presets import OWNER


class KnownAbsences:
    """Keeps an owner who can act in every organization; an `Absences`."""

    async def leave(self, uow: UnitOfWork, user_id: UUID, *, regardless: bool) -> None:
        """As `Absences.leave`.

        Raises:
            LastOwner: an organization would be owned by nobody who can act; the database says so, for
                what was read before another owner left does not hold any more.
        """
        try:
            await uow.execute(queries.LEAVE, user_id=user_id, regardless=regardless)
        except ConstraintViolation as failure:
            raise LastOwner from failure

    async def come_back(self, uow: UnitOfWork, user_ids: Sequence[UUID]) -> None:
        """As `Absences.come_back`."""
        await uow.execute(queries.COME_BACK, user_ids=list(user_ids))


async def _export(reader: Reader, user_id: UUID) -> list[queries.OwnRole]:
    return await reader.all(queries.ASSIGNMENTS_OF, user_id=user_id)


async def _erase(uow: UnitOfWork, user_id: UUID) -> int:
    erased = await uow.execute(queries.ERASE, user_id=user_id)
    await uow.execute(queries.COME_BACK, user_ids=[user_id])
    return erased


async def _refuse(reader: Reader, user_id: UUID) -> None:
    alone = await reader.all(queries.OWNED_ALONE, user_id=user_id, owner=OWNER)
    if alone:
        raise LastOwner(
            "Let somebody else own what only you own, or end it, first.",
            organizations=[str(one) for one in alone],
        )


PERSONAL: Final = PersonalData(export=_export, erase=_erase, refuse=_refuse)
"""Whoever owns an organization alone cannot go: the database would refuse it later, in the job."""
