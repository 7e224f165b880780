"""Leases in the database, for processes that keep their values each for itself.

What was found lies beside the lease for as long as it is fresh, so a process that misses it is
given what another computed.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Final

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, Statement
from backstay.kernel.errors import BackstayError
from backstay.systems.cache import queries
from backstay.systems.cache.engines.store import Away, Entry, decode, encode

LARGEST: Final = 256 * 1024
"""Bytes of an entry that is handed on; a larger one each process computes for itself."""


class DatabaseLeases:
    """As `engines.store.Leases`."""

    apart: bool = True

    def __init__(self, database: Database) -> None:
        """Asks nothing yet."""
        self._database = database

    async def take(self, key: str, token: str, seconds: float) -> bool:
        """One statement; False when somebody has it."""
        now = self._database.clock.now()
        try:
            taken = await self._database.once(
                SYSTEM,
                queries.TAKE,
                key=_digest(key),
                token=token,
                now=now,
                until=now + timedelta(seconds=seconds),
            )
        except BackstayError as failure:
            raise Away from failure
        return bool(taken)

    async def renew(self, key: str, token: str, seconds: float) -> None:
        """Put its end off."""
        until = self._database.clock.now() + timedelta(seconds=seconds)
        await self._change(queries.RENEW, key=_digest(key), token=token, until=until)

    async def give(self, key: str, token: str, entry: Entry) -> None:
        """End it, and lay the entry beside it unless that is large."""
        now = self._database.clock.now()
        packed = encode(entry)
        if len(packed) > LARGEST:
            await self.let_go(key, token)
            return
        await self._change(
            queries.GIVE,
            key=_digest(key),
            token=token,
            entry=packed,
            until=now,
            kept_until=datetime.fromtimestamp(entry.keep_until, UTC),
        )

    async def let_go(self, key: str, token: str) -> None:
        """End it."""
        await self._change(queries.LET_GO, key=_digest(key), token=token, until=self._database.clock.now())

    async def given(self, key: str) -> Entry | None:
        """What lies beside it."""
        try:
            kept = await self._database.reader(SYSTEM).first(queries.GIVEN, key=_digest(key))
        except BackstayError as failure:
            raise Away from failure
        return None if kept is None else decode(kept)

    async def _change(self, what: Statement[None], **parameters: object) -> None:
        try:
            await self._database.run(SYSTEM, lambda uow: uow.execute(what, **parameters))
        except BackstayError as failure:
            raise Away from failure


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
