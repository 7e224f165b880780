"""Insert or change in one statement, built for each database in its own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Executable, Select, Table, literal_column
from sqlalchemy.dialects import postgresql, sqlite

from backstay.kernel.database import scope
from backstay.kernel.database.dialect import Dialect


class Upsert:
    """Insert a row, or change the one that holds its key: `ON CONFLICT (key) DO UPDATE`."""

    def __init__(self, table: Table, key: Sequence[str]) -> None:
        self._table = table
        self._key = key
        self._insert: dict[str, Any] = {}
        self._rows: tuple[Mapping[str, Any], ...] = ({},)
        self._selected: Mapping[Dialect, Select[Any]] = {}
        self._update: dict[str, Any] = {}
        self._returning: tuple[Any, ...] = ()

    def insert(self, **values: Any) -> Upsert:
        """The values of a new row; key columns not named become parameters of their own name."""
        self._insert = values
        return self

    def rows(self, *rows: Mapping[str, Any]) -> Upsert:
        """Several new rows, met in this order, each with these values beside those of `insert`."""
        self._rows = rows
        return self

    def select(self, rows: Mapping[Dialect, Select[Any]]) -> Upsert:
        """As many new rows as are selected, met in their order; they name what the new row has.

        Each must have a WHERE, which keeps SQLite from taking ON CONFLICT for the end of a join.
        """
        self._selected = rows
        return self

    def update(self, **values: Any) -> Upsert:
        """What changes in the row that is there; with none, the row is left alone and nothing is returned."""
        self._update = values
        return self

    def returning(self, *what: Any) -> Upsert:
        """Columns, or the table, to give back."""
        self._returning = what
        return self

    def build(self, dialect: Dialect) -> Executable:
        """The expression for a dialect, stamps and versions filled in."""
        insert = sqlite.insert(self._table) if dialect == "sqlite" else postgresql.insert(self._table)
        change = self._added(insert, self._selected.get(dialect))
        if self._update:
            sets = {**self._update, **scope.update_values(self._table, self._update)}
            change = change.on_conflict_do_update(index_elements=list(self._key), set_=sets)
        else:
            change = change.on_conflict_do_nothing(index_elements=list(self._key))
        return change.returning(*self._returning) if self._returning else change

    def _added(
        self, insert: sqlite.Insert | postgresql.Insert, selected: Select[Any] | None
    ) -> sqlite.Insert | postgresql.Insert:
        fills = scope.insert_values(self._table, self._insert)
        if selected is not None:
            names = [*selected.selected_columns.keys(), *fills]
            return insert.from_select(names, selected.add_columns(*fills.values()))
        keys = {
            name: scope.param(name, self._table.c[name].type)
            for name in self._key
            if name not in self._insert and name not in self._rows[0] and name not in fills
        }
        return insert.values([{**keys, **self._insert, **row, **fills} for row in self._rows])


def excluded(column: Column[Any]) -> ColumnElement[Any]:
    """In an `update`: the value of the row that was to be inserted."""
    return literal_column(f"excluded.{column.name}", column.type)


def upsert(table: Table, *, key: Sequence[str]) -> Upsert:
    """Begin an upsert on the unique key made of the columns named."""
    return Upsert(table, key)
