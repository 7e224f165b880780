"""The contenders' rows: filling the table, keeping a copy, and bringing it back before each round."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

from backstay.kernel.database.columns import timestamp_text
from bench.harness.postgres import Postgres
from bench.http_crud import data


class PostgresRows:
    """The items of a contender on PostgreSQL."""

    def __init__(
        self, postgres: Postgres, database: str, table: str, constants: Mapping[str, str] | None = None
    ) -> None:
        """`constants`: further columns of the contender's own, and what they hold in every row."""
        self._postgres = postgres
        self._constants = dict(constants or {})
        self.database = database
        self.table = table

    def fill(self) -> None:
        """Insert the rows that all start from and keep a copy of them."""
        names = (*data.Item.__struct_fields__, *self._constants)
        copy = f"COPY {self.table} ({', '.join(names)}) FROM STDIN"
        text = _copy_text(data.items(), tuple(self._constants.values()))
        self._postgres.sql(self.database, copy, stdin=text)
        self._postgres.sql(self.database, f"CREATE TABLE bench_start AS TABLE {self.table}")

    def reset(self) -> None:
        """Bring the table back to its start: the same rows, no dead ones, fresh statistics."""
        self._postgres.sql(
            self.database,
            f"TRUNCATE {self.table}",
            f"INSERT INTO {self.table} SELECT * FROM bench_start",
            f"VACUUM (ANALYZE) {self.table}",
            "CHECKPOINT",
        )

    def count(self) -> int:
        """Rows that a connection of its own sees."""
        return int(self._postgres.sql(self.database, f"SELECT count(*) FROM {self.table}"))


class SqliteRows:
    """The items of backstay on SQLite."""

    def __init__(self, file: Path, table: str, constants: Mapping[str, str]) -> None:
        self._file = file
        self._table = table
        self._constants = dict(constants)

    def fill(self) -> None:
        """Insert the rows that all start from and keep a copy of them."""
        names = (*data.Item.__struct_fields__, *self._constants)
        insert = f"INSERT INTO {self._table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
        constants = tuple(self._constants.values())
        with closing(sqlite3.connect(self._file)) as connection, connection:
            connection.executemany(insert, [(*_sqlite_values(item), *constants) for item in data.items()])
            connection.execute(f"CREATE TABLE bench_start AS SELECT id FROM {self._table}")

    def reset(self) -> None:
        """Remove every row that was added, and empty the log, while the server runs."""
        with closing(sqlite3.connect(self._file, timeout=30, isolation_level=None)) as connection:
            connection.execute(f"DELETE FROM {self._table} WHERE id NOT IN (SELECT id FROM bench_start)")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def count(self) -> int:
        """Rows that a connection of its own sees."""
        with closing(sqlite3.connect(self._file, timeout=30)) as connection:
            return int(connection.execute(f"SELECT count(*) FROM {self._table}").fetchone()[0])


def _copy_text(items: Iterable[data.Item], constants: tuple[str, ...]) -> bytes:
    """The rows in COPY's text format; no value holds a tab, a newline or a backslash."""
    text = StringIO()
    for item in items:
        values = (getattr(item, name) for name in item.__struct_fields__)
        text.write("\t".join(map(str, (*values, *constants))) + "\n")
    return text.getvalue().encode()


def _sqlite_values(item: data.Item) -> list[Any]:
    """The row as backstay keeps it on SQLite: ids and times as text."""
    values = [getattr(item, name) for name in item.__struct_fields__]
    return [
        timestamp_text(value)
        if isinstance(value, datetime)
        else value
        if isinstance(value, int)
        else str(value)
        for value in values
    ]
