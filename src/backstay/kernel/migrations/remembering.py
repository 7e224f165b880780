"""Remember the types that migrations declared, which SQLite itself forgets.

SQLite stores a UUID, a moment and a JSON document as TEXT, so what is reflected from it
would turn up as `TEXT` in the way back of a generated migration, and PostgreSQL would then
get a text column where a uuid was. This listens to the DDL as migrations run and hands the
declared types out again when tables are reflected.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic.ddl.base import AddColumn, ColumnName, ColumnType, RenameTable
from sqlalchemy import Connection, Table, event
from sqlalchemy.schema import CreateTable
from sqlalchemy.types import TypeEngine


@contextmanager
def declared_types(connection: Connection) -> Iterator[None]:
    """Inside the block, tables reflected from `connection` have the types that DDL run inside it declared."""
    types: dict[str, dict[str, TypeEngine[Any]]] = {}

    def remember(_connection: Connection, element: Any, *_: Any) -> None:
        match element:
            case CreateTable(element=table):
                types[table.name] = {column.name: column.type for column in table.columns}
            case AddColumn():
                types.setdefault(element.table_name, {})[element.column.name] = element.column.type
            case ColumnType():
                types.setdefault(element.table_name, {})[element.column_name] = element.type_
            case ColumnName():
                columns = types.setdefault(element.table_name, {})
                if element.column_name in columns:
                    columns[element.newname] = columns.pop(element.column_name)
            case RenameTable():
                types[element.new_table_name] = types.pop(element.table_name, {})
            case _:
                pass

    def recall(_inspector: Any, table: Table, column: Any) -> None:
        column["type"] = types.get(table.name, {}).get(column["name"], column["type"])

    event.listen(connection, "before_execute", remember)
    event.listen(Table, "column_reflect", recall)
    try:
        yield
    finally:
        event.remove(Table, "column_reflect", recall)
        event.remove(connection, "before_execute", remember)
