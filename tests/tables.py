"""Tables without migrations, for tests of a module's service on its own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import MetaData
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from backstay.kernel.database import Database
from backstay.kernel.database.compiled import Compiled

DIALECTS: dict[str, Any] = {"sqlite": sqlite.dialect(), "postgresql": postgresql.dialect()}  # type: ignore[no-untyped-call]  # SQLAlchemy leaves dialect constructors untyped


async def run_sql(database: Database, sql: str) -> None:
    """Run text in a transaction of its own; schema only."""
    transaction = database._engine.transaction()
    await transaction.execute(Compiled("test.sql", sql, (), frozenset(), tuple), [])
    await transaction.commit()


async def create_tables(database: Database, metadata: MetaData) -> None:
    """Create every table of the metadata, with its indexes."""
    dialect = DIALECTS[database.dialect]
    for table in metadata.sorted_tables:
        await run_sql(database, str(CreateTable(table).compile(dialect=dialect)))
        for index in table.indexes:
            await run_sql(database, str(CreateIndex(index).compile(dialect=dialect)))
