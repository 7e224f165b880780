"""Who belongs where, for whoever keeps sessions and lets people switch."""

from __future__ import annotations

from uuid import UUID

from msgspec import structs

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database
from backstay.systems.tenancy.service.organizations import is_member


class KnownMembers:
    """Asks the database; a `Memberships`."""

    def __init__(self, database: Database) -> None:
        """Asks nothing yet."""
        self._database = database

    async def is_member(self, user_id: UUID, organization_id: UUID) -> bool:
        """Whether somebody may switch to the organization; everybody may to the one that bears their id."""
        if user_id == organization_id:
            return True
        house = structs.replace(SYSTEM, organization_id=organization_id)
        return await is_member(self._database.reader(house), user_id)
