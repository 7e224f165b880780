"""asyncpg's connection with a short way for the statements that it has prepared.

asyncpg's own way to the server's answer leads through five functions that are awaited and a closure, for
cases that are none here: loggers, other classes of records, a statement that has to be prepared first. Here a
prepared one is handed to the protocol at once. Every other case, every first time among them, goes asyncpg's
way. What this uses is not documented, so asyncpg's version is held (ADR 48).

Nor has each statement a timer, which costs 8 us of the 140 of a request: the server ends what takes too long
(`statement_timeout`), and the pool looks from time to time who still owes an answer (ADR 52).
"""

from __future__ import annotations

from typing import Any

import asyncpg
from typing_extensions import override


class QuickConnection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg ships no types
    """A connection on which what was prepared before costs a third less."""

    asked = 0
    """How many statements were sent on it."""
    answered = 0
    """The last of them that was answered, or given up."""

    @override
    async def fetch(self, query: str, *args: Any, **others: Any) -> list[Any]:
        self.asked = number = self.asked + 1
        try:
            state = None if others else self._stmt_cache.get((query, asyncpg.Record, False))
            if state is None:
                rows: list[Any] = await super().fetch(query, *args, **others)
                return rows
            try:
                rows = await self._protocol.bind_execute(state, args, "", 0, False, None)
            except (asyncpg.InvalidCachedStatementError, asyncpg.OutdatedSchemaCacheError) as outdated:
                await self._forget(outdated)
                rows = await super().fetch(query, *args)
            return rows
        finally:
            self.answered = number

    @override
    async def execute(self, query: str, *args: Any, **others: Any) -> str:
        self.asked = number = self.asked + 1
        told: str
        try:
            if not (args or others):
                told = await self._protocol.query(query, None)
            elif others or (state := self._stmt_cache.get((query, asyncpg.Record, False))) is None:
                told = await super().execute(query, *args, **others)
            else:
                try:
                    _, status, _ = await self._protocol.bind_execute(state, args, "", 0, True, None)
                    told = status.decode()
                except (asyncpg.InvalidCachedStatementError, asyncpg.OutdatedSchemaCacheError) as outdated:
                    await self._forget(outdated)
                    told = await super().execute(query, *args)
            return told
        finally:
            self.answered = number

    @override
    async def executemany(self, command: str, args: Any, **others: Any) -> None:
        self.asked = number = self.asked + 1
        try:
            await super().executemany(command, args, **others)
        finally:
            self.answered = number

    async def _forget(self, outdated: Exception) -> None:
        """Forget what was prepared for tables that have changed since; returns if the statement did not run.

        As asyncpg does it: a type that has changed is found when the rows arrive, and inside a
        transaction the server takes nothing more.
        """
        if isinstance(outdated, asyncpg.OutdatedSchemaCacheError):
            await self.reload_schema_state()
            raise outdated
        self._drop_global_statement_cache()
        if self._protocol.is_in_transaction():
            raise outdated
