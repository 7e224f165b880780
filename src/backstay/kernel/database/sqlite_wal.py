"""The switch of a SQLite file to WAL; apart, so that a house on PostgreSQL need not load sqlite3 for it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import sqlite3

_AGAIN: Final = 0.002
"""Seconds until a refused switch is tried again."""


def use_wal(connection: sqlite3.Connection, patience: float) -> None:
    """Switch the file to WAL, however many do it to the same new file at once; for `patience` seconds.

    Raises:
        sqlite3.OperationalError: the file stayed locked for that long, or cannot be written.
    """
    # Two that have both read the header and both want to write it would wait for each other for ever, so
    # SQLite refuses one at once, without the lock timeout. Asked again it finds the other's switch done.
    until = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except connection.OperationalError as failure:
            if failure.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > until:
                raise
            time.sleep(_AGAIN)
        else:
            return
