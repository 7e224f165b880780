"""Who operates the house, for whoever makes accounts."""

from __future__ import annotations

from uuid import UUID

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, UnitOfWork
from backstay.systems.access import queries
from backstay.systems.access.service.assigning import found, open_operator
from backstay.systems.access.service.presets import OPERATOR
from backstay.systems.access.service.roles import touch


class HouseOperators:
    """Asks the database; an `Operators`."""

    def __init__(self, database: Database) -> None:
        """Asks nothing yet."""
        self._database = database

    async def exist(self) -> bool:
        """Whether anybody operates the house."""
        return await self._database.reader(SYSTEM).first(queries.HAS_ROLE, role_id=OPERATOR) is not None

    async def add(self, uow: UnitOfWork, user_id: UUID, *, first: bool = False) -> bool:
        """As `Operators.add`; of all who want to be the first at once, one is."""
        await touch(uow)  # holds the house's roles until the commit
        if first and await uow.first(queries.HAS_ROLE, role_id=OPERATOR) is not None:
            return False
        await open_operator(uow, user_id)
        return True

    async def own(self, uow: UnitOfWork, user_id: UUID) -> None:
        """As `found`."""
        await found(uow, user_id)
