"""People's keys in a database of their own, so that no backup of the records holds what opens them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextvars import Context
from typing import Any, Final, TypeVar
from uuid import UUID

from backstay.kernel.actor import SYSTEM
from backstay.kernel.clock import Clock
from backstay.kernel.database import Database, Statement, UniqueViolation
from backstay.kernel.signing import Keys
from backstay.systems.audit import queries

T = TypeVar("T")

_CONNECTIONS: Final = 2


class Vault:
    """Keys by organization and person. A change is durable when it returns, whatever its caller does then."""

    def __init__(self, url: str, keys: Keys, clock: Clock) -> None:
        """`url`: as `DATABASE_URL` names one. It is opened, and its table made, when first needed."""
        self._url = url
        self._keys = keys
        self._clock = clock
        self._opening = asyncio.Lock()
        self._database: Database | None = None

    async def put(self, organization: UUID, person: UUID, key: bytes) -> None:
        """Keep a key, unless there is one.

        Raises:
            DatabaseUnavailable: the vault does not answer.
        """
        await self._change(queries.VAULT_PUT, whose=organization, person=person, key=key)

    async def find(self, organization: UUID, person: UUID) -> bytes | None:
        """The key, or None.

        Raises:
            DatabaseUnavailable: the vault does not answer.
        """
        database = await self._open()
        return await database.reader(SYSTEM).first(queries.VAULT_FIND, whose=organization, person=person)

    async def destroy(self, organization: UUID, person: UUID) -> None:
        """Let a key be gone for good.

        Raises:
            DatabaseUnavailable: the vault does not answer; the key may still be there.
        """
        await self._change(queries.VAULT_DESTROY, whose=organization, person=person)

    async def close(self) -> None:
        """Close the database."""
        if self._database is not None:
            await self._database.close()

    async def _change(self, change: Statement[Any], **given: Any) -> None:
        database = await self._open()
        await _apart(database.run(SYSTEM, lambda uow: uow.execute(change, **given)))

    async def _open(self) -> Database:
        async with self._opening:
            if self._database is None:
                found = await Database.open(
                    self._url, clock=self._clock, keys=self._keys, pool_size=_CONNECTIONS
                )
                try:
                    await _apart(found.run(SYSTEM, lambda uow: uow.execute(queries.VAULT_MAKE)))
                except UniqueViolation:
                    pass  # another process made it at the same moment
                except BaseException:
                    await found.close()
                    raise
                self._database = found
            return self._database


async def _apart(work: Coroutine[Any, Any, T]) -> T:
    """Run a unit of this database's while one of another's is open here, which the kernel else forbids."""
    return await asyncio.create_task(work, context=Context())
