"""Where a database stands: its version table against the migration files, without importing Alembic.

This is what `serve` asks at every start, so it costs one connection, one select and a
directory listing a module.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote, unquote

from msgspec import Struct
from sqlalchemy.engine import make_url

from backstay.kernel.migrations.branches import VERSION_TABLE, Branch, MigrationError, branches_of
from backstay.kernel.migrations.transaction import reach
from backstay.kernel.module import Module

_SELECT = f"SELECT version_num FROM {VERSION_TABLE}"  # noqa: S608 - the name is a constant of ours


class State(StrEnum):
    """How a module's tables relate to the code that is about to use them."""

    CURRENT = "current"
    BEHIND = "behind"
    AHEAD = "ahead"
    """A newer release has migrated this database; normal for a while in a rolling deploy."""


class Standing(Struct, frozen=True):
    """Where one module's tables stand in one database."""

    module: str
    at: str | None
    """The revision in the database; None before the first."""
    head: str | None
    """The newest revision that this code knows."""
    state: State
    pending: tuple[str, ...]
    """Revisions still to run, oldest first."""


async def standings(url: str, modules: Sequence[Module]) -> list[Standing]:
    """Where each module with migrations stands, in the order of the modules.

    Raises:
        MigrationError: the database cannot be reached, or a folder of migrations is not in order.
    """
    branches = branches_of(modules)
    return compare(branches, await applied(url))


def compare(branches: Iterable[Branch], rows: set[str]) -> list[Standing]:
    """Set the version table's rows against the branches."""
    return [_standing(branch, rows) for branch in branches]


def _standing(branch: Branch, rows: set[str]) -> Standing:
    at = next((row for row in rows if branch.owns(row)), None)
    number = branch.number_of(at)
    if number is None:
        return Standing(branch.module, at, branch.head, State.AHEAD, ())
    pending = tuple(revision.id for revision in branch.revisions[number:])
    return Standing(branch.module, at, branch.head, State.BEHIND if pending else State.CURRENT, pending)


async def applied(url: str) -> set[str]:
    """The rows of the version table: the revision of every module that was ever migrated here.

    A database without the table, and a SQLite file that does not exist yet, have none.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _applied_on_sqlite(unquote(parsed.database) if parsed.database else None)
    return await _applied_on_postgresql(url)


def _applied_on_sqlite(path: str | None) -> set[str]:
    if path is None or not Path(path).exists():
        return set()
    # Late, as the other driver below.
    import sqlite3

    with closing(sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, timeout=10)) as connection:
        try:
            return {row[0] for row in connection.execute(_SELECT)}
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return set()
            raise MigrationError(f"cannot read {path}: {error}") from error
        except sqlite3.DatabaseError as error:
            raise MigrationError(f"cannot read {path}: {error}") from error


async def _applied_on_postgresql(url: str) -> set[str]:
    # Late: who runs on SQLite does not pay for the other driver.
    import asyncpg

    connection = await reach(url)
    try:
        return {row[0] for row in await connection.fetch(_SELECT)}
    except asyncpg.UndefinedTableError:
        return set()
    finally:
        await connection.close()
