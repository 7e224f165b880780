"""What the house remembers of jobs in its database, also when the jobs themselves are on Redis."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from backstay.kernel.actor import SYSTEM
from backstay.kernel.clock import ManualClock, SystemClock
from backstay.kernel.database import Database, Statement

T = TypeVar("T")
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Books:
    """Statements in units of their own, with the database's present in microseconds as `@now`."""

    def __init__(self, database: Database) -> None:
        """Keep them in this database."""
        self._database = database

    def _given(self, statement: Statement[Any], given: dict[str, Any]) -> dict[str, Any]:
        if "at" in statement.compiled(self._database.dialect).parameters:
            given["at"] = self._present()
        return given

    def _present(self) -> int | None:
        """The database's clock counts, as it does for jobs: None lets PostgreSQL tell; SQLite's is ours."""
        clock = self._database.clock
        if isinstance(clock, ManualClock):
            return micros(clock.now())
        return None if self._database.dialect == "postgresql" else micros(SystemClock().now())

    async def _all(self, statement: Statement[T], **given: Any) -> list[T]:
        return await self._database.reader(SYSTEM).all(statement, **self._given(statement, given))

    async def _run(self, statement: Statement[T], given: dict[str, Any]) -> list[T]:
        return await self._database.run(SYSTEM, lambda uow: uow.all(statement, **given))

    async def _change(self, statement: Statement[Any], **given: Any) -> None:
        arguments = self._given(statement, given)
        await self._database.run(SYSTEM, lambda uow: uow.execute(statement, **arguments))


def micros(at: datetime) -> int:
    """A moment as the tables keep it."""
    return (at - EPOCH) // _MICROSECOND


def moment(micros: int) -> datetime:
    """The moment that the tables keep."""
    return EPOCH + timedelta(microseconds=micros)
