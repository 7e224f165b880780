"""One transaction around a whole run of migrations, held by one process at a time.

Both engines roll DDL back, so a run that fails leaves the database as it was. On SQLite the
run holds the file's write lock from its first moment (`BEGIN IMMEDIATE`); on PostgreSQL it
holds an advisory lock until it commits. A second node that migrates at the same time waits,
then finds nothing left to do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import unquote
from uuid import uuid4

from sqlalchemy import Connection, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from backstay.kernel.database import EVERY_ORGANIZATION, ORGANIZATION_SETTING, driver_url, is_pooled
from backstay.kernel.migrations.branches import MigrationError

if TYPE_CHECKING:
    import asyncpg

T = TypeVar("T")
ADVISORY_LOCK: Final = 0x6261636B73746179
"""`backstay` in ASCII: the key of the PostgreSQL advisory lock that a run of migrations holds."""
WAIT_FOR_WRITER: Final = 60.0
"""Seconds that a run waits for another writer of the same SQLite file."""
WAIT_FOR_TABLE: Final = "10s"
"""How long one statement may wait for a table on PostgreSQL. A migration that waits for a lock makes
every later query of that table wait behind it, so it is better to give up and be run again."""


async def exclusively(url: str, work: Callable[[Connection], T], *, scratch: bool = False) -> T:
    """Run `work` in one transaction that no other run of migrations shares, and commit it.

    Args:
        url: the database. A SQLite file, and its folder, are made if they are missing.
        work: gets a SQLAlchemy connection; when it raises, everything is rolled back.
        scratch: roll back in any case, and take no lock: for looking, not for changing.

    Raises:
        MigrationError: the database cannot be reached.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return await asyncio.to_thread(_on_sqlite, parsed, work, scratch)
    return await _on_postgresql(url, work, scratch)


async def reach(url: str) -> asyncpg.Connection[Any]:
    """Connect to PostgreSQL, or say in plain words why not."""
    # Late: who runs on SQLite does not pay for the other driver.
    import asyncpg

    # The password stays out of the message.
    shown = make_url(url).render_as_string(hide_password=True)
    try:
        return await asyncpg.connect(driver_url(url), statement_cache_size=0 if is_pooled(url) else 100)
    except asyncpg.InvalidCatalogNameError as error:
        name = make_url(url).database
        raise MigrationError(
            f"there is no database {name!r} at {shown}: make it with `createdb {name}`"
        ) from error
    except (OSError, asyncpg.PostgresError, ValueError) as error:
        raise MigrationError(f"cannot reach {shown}: {error}") from error


def _on_sqlite(url: URL, work: Callable[[Connection], T], scratch: bool) -> T:
    if url.database is not None:
        url = url.set(database=unquote(url.database))
        Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url.set(drivername="sqlite+pysqlite", query={}),
        poolclass=NullPool,
        # Python's sqlite3 would commit before DDL; in this mode it leaves transactions to us.
        connect_args={"timeout": WAIT_FOR_WRITER, "isolation_level": None},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        # Changing a column rebuilds its table: copy, drop, rename. With foreign keys on, the
        # drop would delete the rows that refer to it; without the legacy rename, triggers and
        # views that name the table stop the rename. (https://sqlite.org/lang_altertable.html, 7)
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA legacy_alter_table = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        try:
            connection.exec_driver_sql("BEGIN" if scratch else "BEGIN IMMEDIATE")
        except DBAPIError as error:
            raise MigrationError(f"cannot write to {url.database}: {error.orig}") from error

    with engine.connect() as connection, connection.begin() as transaction:
        result = work(connection)
        if scratch:
            transaction.rollback()
        else:
            _check_foreign_keys(connection)
    return result


def _check_foreign_keys(connection: Connection) -> None:
    """Refuse to commit rows that refer to nothing: foreign keys were off during the run."""
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if orphans:
        table, _, parent, _ = orphans[0]
        raise MigrationError(
            f"{len(orphans)} rows would refer to nothing, the first in {table!r} to {parent!r}; "
            "nothing was changed"
        )


async def _on_postgresql(url: str, work: Callable[[Connection], T], scratch: bool) -> T:
    # Late: who runs on SQLite does not pay for the other driver.
    from sqlalchemy.ext.asyncio import create_async_engine

    def locked(connection: Connection) -> T:
        if not scratch:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{WAIT_FOR_TABLE}'")
        # What a migration does to rows it does to everybody's; policies are forced upon owners too.
        connection.exec_driver_sql(f"SET LOCAL {ORGANIZATION_SETTING} = '{EVERY_ORGANIZATION}'")
        return work(connection)

    engine = create_async_engine(
        "postgresql+asyncpg://",
        connect_args={
            "async_creator_fn": lambda **_: reach(url),
            # A proxy hands the connection on with its statements; numbers would be the next process's too.
            "prepared_statement_name_func": lambda: f"backstay_{uuid4().hex}",
        },
        poolclass=NullPool,
    )
    async with engine.connect() as connection, connection.begin() as transaction:
        result = await connection.run_sync(locked)
        if scratch:
            await transaction.rollback()
    return result
