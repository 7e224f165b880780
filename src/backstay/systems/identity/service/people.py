"""What other systems may know of people: the addresses that they have shown to be theirs."""

from __future__ import annotations

from uuid import UUID

import idna

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, Reader
from backstay.systems.identity.queries import users


class KnownPeople:
    """Asks the database; a `People`."""

    def __init__(self, database: Database) -> None:
        """Asks nothing yet."""
        self._database = database

    async def verified_addresses(self, user_id: UUID, *, by: Reader | None = None) -> frozenset[str]:
        """The address of an account in lower case, its domain as it is sent and as it is read."""
        reader = by or self._database.reader(SYSTEM)
        person = await reader.first(users.BY_ID, id=user_id)
        if person is None or person.verified_at is None:
            return frozenset()
        local, _, domain = person.mail_key.rpartition("@")
        return frozenset({person.mail_key, f"{local}@{idna.decode(domain)}".casefold()})
