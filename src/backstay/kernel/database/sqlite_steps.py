"""What runs on a SQLite connection's own thread, and the house's errors for its driver's."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from backstay.kernel.database import errors
from backstay.kernel.database.together import Write

T = TypeVar("T")


def translate(failure: sqlite3.Error) -> Exception:
    """The house's error for a driver's; unknown ones are returned as they are, for they are bugs."""
    name = getattr(failure, "sqlite_errorname", "")
    if name in ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"):
        return errors.UniqueViolation()
    if name.startswith("SQLITE_CONSTRAINT"):
        return errors.ConstraintViolation()
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return errors.LostRace("the database is busy with another write")
    if name.startswith(
        ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_NOTADB")
    ):
        return errors.DatabaseUnavailable()
    return failure


def fetch(connection: sqlite3.Connection, sql: str, arguments: list[Any]) -> list[Any]:
    """Run a statement and return its rows."""
    cursor = connection.execute(sql, arguments)
    try:
        return cursor.fetchall()
    finally:
        cursor.close()


def execute(connection: sqlite3.Connection, sql: str, arguments: list[Any]) -> int:
    """Run a statement and return how many rows it touched."""
    cursor = connection.execute(sql, arguments)
    try:
        return cursor.rowcount
    finally:
        cursor.close()


def execute_many(connection: sqlite3.Connection, sql: str, arguments: list[list[Any]]) -> None:
    """Run a statement once for each list of arguments."""
    connection.executemany(sql, arguments).close()


def after(riders: Sequence[Write], function: Callable[..., T]) -> Callable[..., T]:
    """The function, with changes before it that nobody waits for."""
    if not riders:
        return function

    def run(connection: sqlite3.Connection, sql: str, arguments: list[Any]) -> T:
        for one in riders:
            connection.execute(one.compiled.sql, one.arguments).close()
        return function(connection, sql, arguments)

    return run


def begin_then(
    connection: sqlite3.Connection, function: Callable[..., T], sql: str, arguments: list[Any]
) -> T:
    """Begin a transaction with its first statement."""
    # One hop to the thread for BEGIN and the first statement together.
    connection.execute("BEGIN IMMEDIATE").close()
    return function(connection, sql, arguments)


def commit(connection: sqlite3.Connection) -> None:
    """Make it durable, or raise and leave nothing open."""
    try:
        connection.execute("COMMIT").close()
    except BaseException:
        # A refused COMMIT leaves the transaction open on SQLite; without this, the next, innocent
        # unit of work would run inside it.
        rollback(connection)
        raise


def rollback(connection: sqlite3.Connection) -> None:
    """Undo what is open."""
    if connection.in_transaction:
        connection.execute("ROLLBACK").close()
