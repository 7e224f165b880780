"""The key of each person in each organization: found to seal and to open, destroyed to erase.

The row in the database says that there is one. The key itself is in that row or, with a vault, there alone;
then the row's is empty, and goes with the commit that erases while the key is gone just before it. What is
sealed meanwhile is sealed with a key that nobody keeps.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from backstay.kernel.database import Reader, UnitOfWork
from backstay.systems.audit import queries
from backstay.systems.audit.service.sealing import Sealer
from backstay.systems.audit.service.vault import Vault

_ELSEWHERE: Final = b""


class PersonKeys:
    """Where people's keys are."""

    def __init__(self, sealer: Sealer, vault: Vault | None) -> None:
        """Without a vault they are beside the records."""
        self._sealer = sealer
        self._vault = vault

    @property
    def apart(self) -> bool:
        """Whether there is a vault."""
        return self._vault is not None

    async def to_seal(self, uow: UnitOfWork, person: UUID) -> bytes:
        """The person's key, as it is stored; made where there is none.

        Raises:
            DatabaseUnavailable: the vault does not answer.
        """
        organization = uow.organization_id
        own = await uow.first(queries.KEY_OF, person_id=person)
        if own is None:
            fresh = self._sealer.new_key(organization, person)
            if self._vault is not None:  # before the row that says so: a key too many does no harm
                await self._vault.put(organization, person, fresh)
                fresh = _ELSEWHERE
            await uow.execute(queries.ADD_KEY, person_id=person, key=fresh)
            own = await uow.one(queries.KEY_OF, person_id=person)
        found = await self._stored(organization, person, own.key)
        return self._sealer.new_key(organization, person) if found is None else found

    async def to_open(self, reader: Reader, person: UUID) -> bytes | None:
        """The person's key, as it is stored; None when it was destroyed.

        Raises:
            DatabaseUnavailable: the vault does not answer.
        """
        own = await reader.first(queries.KEY_OF, person_id=person)
        return None if own is None else await self._stored(reader.organization_id, person, own.key)

    async def destroy(self, uow: UnitOfWork, person: UUID) -> bool:
        """Destroy the key in the unit's organization, and the row with its commit; False when there is none.

        Raises:
            DatabaseUnavailable: the vault does not answer; do it again.
        """
        if await uow.first(queries.KEY_OF, person_id=person) is None:
            return False
        if self._vault is not None:
            await self._vault.destroy(uow.organization_id, person)
        return await uow.execute(queries.ERASE, person_id=person) > 0

    async def move(self, uow: UnitOfWork, person: UUID) -> bool:
        """Take the key from its row into the vault; False when it is there already, or nowhere.

        Raises:
            DatabaseUnavailable: the vault does not answer.
        """
        own = await uow.first(queries.KEY_OF, person_id=person)
        if self._vault is None or own is None or own.key == _ELSEWHERE:
            return False
        await self._vault.put(uow.organization_id, person, own.key)
        return await uow.execute(queries.EMPTY_KEY, person_id=person) > 0

    async def _stored(self, organization: UUID, person: UUID, key: bytes) -> bytes | None:
        if key != _ELSEWHERE:
            return key
        return None if self._vault is None else await self._vault.find(organization, person)
