"""What the tables of a database look like, as plain text that two databases can be compared by.

Read straight from each engine's catalogue, because what SQLAlchemy reflects leaves out
triggers, generated columns and checks, and those are what migrations written by hand forget.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from msgspec import Struct
from sqlalchemy import Connection, MetaData, inspect

from backstay.kernel.database import DERIVED
from backstay.kernel.migrations.house import HOUSE_PREFIX
from backstay.kernel.module import Module


class Part(NamedTuple):
    """One thing that a schema holds."""

    kind: str
    """`table`, `column`, `index`, `foreign key`, `trigger`..."""
    table: str
    """The table that it belongs to, or the view or function itself."""
    name: str | None = None

    @property
    def words(self) -> str:
        """For a person: `column notes_notes.title`."""
        return f"{self.kind} {self.table}" + ("" if self.name is None else f".{self.name}")


Schema = dict[Part, str]
"""What there is, and how it is (`TEXT NOT NULL`)."""

_COLUMNS: Final = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity <> '',
       a.attgenerated <> '', pg_get_expr(d.adbin, d.adrelid)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid
     AND d.adnum = a.attnum
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0
      AND NOT a.attisdropped
"""
_REST: Final = """
SELECT 'constraint', t.relname, o.conname, pg_get_constraintdef(o.oid)
FROM pg_constraint o JOIN pg_class t ON t.oid = o.conrelid
WHERE o.connamespace = current_schema()::regnamespace AND o.contype <> 'n'
UNION ALL
SELECT 'index', t.relname, i.relname, pg_get_indexdef(i.oid)
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
WHERE i.relnamespace = current_schema()::regnamespace
      AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = i.oid AND o.contype IN ('p', 'u', 'x'))
UNION ALL
SELECT 'trigger', t.relname, g.tgname, pg_get_triggerdef(g.oid)
FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
WHERE t.relnamespace = current_schema()::regnamespace AND NOT g.tgisinternal
UNION ALL
SELECT 'policy', tablename, policyname, concat_ws(' ', permissive, roles::text, cmd, qual, with_check)
FROM pg_policies WHERE schemaname = current_schema()
UNION ALL
SELECT 'security', relname, 'rows', concat_ws(' ', relrowsecurity, relforcerowsecurity)
FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relrowsecurity
UNION ALL
SELECT 'view', viewname, 'query', definition FROM pg_views WHERE schemaname = current_schema()
UNION ALL
SELECT 'function', proname, pg_get_function_identity_arguments(oid), prosrc
FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
"""


_SQLITE_TEXTS: Final = """
SELECT type, tbl_name, name, sql FROM sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT NULL
"""


def describe(connection: Connection) -> Schema:
    """Everything in the present schema but the tables of the house itself."""
    found = _on_sqlite(connection) if connection.dialect.name == "sqlite" else _on_postgresql(connection)
    return {part: how for part, how in found.items() if not part.table.startswith(HOUSE_PREFIX)}


def owner(table: str, modules: Iterable[str]) -> str | None:
    """The module that a table belongs to, by prefix; the longest wins (`note_tags_x` is not `note`'s)."""
    return max((name for name in modules if table.startswith(f"{name}_")), key=len, default=None)


def ordinary_tables(connection: Connection) -> set[str]:
    """The tables that hold rows themselves: no views, no virtual tables with what stands behind them."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql("PRAGMA table_list").fetchall()
        return {row[1] for row in rows if row[2] == "table" and row[0] == "main"}
    return set(inspect(connection).get_table_names())


def by_hand(tables: MetaData) -> frozenset[str]:
    """Names that migrations make by hand and tables.py leaves out: `metadata.info["by_hand"]`.

    A table (`notes_search`), a column (`notes_notes.search`), or an index or constraint.
    """
    return frozenset(tables.info.get("by_hand", ()))


def differences(models: Schema, migrated: Schema) -> list[str]:
    """Where two schemas differ, as sentences; empty when they agree."""
    found: list[str] = []
    for part in sorted(models.keys() | migrated.keys(), key=lambda part: part.words):
        wanted, present = models.get(part), migrated.get(part)
        if present is None:
            found.append(f"{part.words} is in tables.py and in no migration ({wanted})")
        elif wanted is None:
            found.append(f"{part.words} is made by a migration and is not in tables.py ({present})")
        elif wanted != present:
            found.append(f"{part.words}: tables.py says {wanted}; the migrations make {present}")
    return found


def _on_postgresql(connection: Connection) -> Schema:
    schema: Schema = {}
    for table, name, kind, required, identity, generated, value in connection.exec_driver_sql(_COLUMNS):
        how = [kind, "NOT NULL" if required else ""]
        how.append("IDENTITY" if identity else "")
        how.append("" if value is None else f"GENERATED {value}" if generated else f"DEFAULT {value}")
        schema[Part("table", table)] = ""
        schema[Part("column", table, name)] = " ".join(filter(None, how))
    for kind, table, name, how in connection.exec_driver_sql(_REST):
        schema[Part(kind, table, name)] = how
    return schema


def _on_sqlite(connection: Connection) -> Schema:
    schema: Schema = {}
    tables = connection.exec_driver_sql("SELECT name, sql FROM sqlite_schema WHERE type = 'table'").fetchall()
    texts = {name: text for name, text in tables if text is not None}
    # A table is what its text says. Migrations are judged by hundreds of looks; few tables change between.
    known: dict[tuple[str, str], Schema] = connection.info.setdefault("backstay_described", {})
    kinds = connection.exec_driver_sql("PRAGMA table_list").fetchall()
    for database, table, kind, _count, without_rowid, strict in kinds:
        if database != "main" or table.startswith("sqlite_"):
            continue
        # A virtual table's shadow tables are its own affair.
        if kind != "shadow":
            flags = ["WITHOUT ROWID" if without_rowid else "", "STRICT" if strict else ""]
            schema[Part(kind, table)] = ", ".join(filter(None, flags))
        if kind == "table":
            key = table, texts[table]
            if key not in known:
                known[key] = _sqlite_table(connection, table)
            schema |= known[key]
    for kind, table, name, text in connection.exec_driver_sql(_SQLITE_TEXTS):
        schema[Part(kind, table, name)] = _plain(text)
    for name, text in connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'view' OR sql LIKE 'CREATE VIRTUAL%%'"
    ):
        schema[Part("query", name)] = _plain(text)
    return schema


def _sqlite_table(connection: Connection, table: str) -> Schema:
    inspector = inspect(connection)
    schema = _sqlite_columns(connection, table)
    for check in inspector.get_check_constraints(table):
        schema[Part("check", table, check["name"])] = _plain(check["sqltext"])
    for unique in inspector.get_unique_constraints(table):
        schema[Part("unique", table, unique["name"])] = ", ".join(unique["column_names"])
    return schema | _sqlite_foreign_keys(connection, table)


def _sqlite_columns(connection: Connection, table: str) -> Schema:
    columns: Schema = {}
    for _, name, kind, required, value, place, hidden in connection.exec_driver_sql(
        f'PRAGMA table_xinfo("{table}")'
    ):
        how = [kind.upper(), "NOT NULL" if required else "", f"KEY {place}" if place else ""]
        how.append("" if value is None else f"DEFAULT {value}")
        how.append("GENERATED" if hidden else "")
        columns[Part("column", table, name)] = " ".join(filter(None, how))
    return columns


def _sqlite_foreign_keys(connection: Connection, table: str) -> Schema:
    # The inspector parses the table's text and misses ON DELETE where a key stands in its column.
    keys: dict[int, tuple[list[str], list[str], str]] = {}
    rows = connection.exec_driver_sql(f'PRAGMA foreign_key_list("{table}")').fetchall()
    for number, _, parent, here, there, on_update, on_delete, _match in sorted(rows, key=lambda row: row[:2]):
        options = f"ON UPDATE {on_update} ON DELETE {on_delete}"
        columns, targets, _ = keys.setdefault(number, ([], [], f"{parent} {options}"))
        columns.append(here)
        targets.append(there or "")
    return {
        Part("foreign key", table, ",".join(columns)): f"({', '.join(targets)}) of {words}"
        for columns, targets, words in keys.values()
    }


def _plain(text: str) -> str:
    """SQL text without the spacing and quoting that depend on who wrote it."""
    return " ".join(text.replace('"', "").split())


class Loss(Struct, frozen=True):
    """Something with data in it that would be gone."""

    table: str
    column: str | None
    count: int
    """Rows of the table, or rows with a value in the column."""

    @property
    def words(self) -> str:
        """For a person: `table notes_tags (12 rows)`."""
        rows = "row" if self.count == 1 else "rows"
        if self.column is None:
            return f"table {self.table} ({self.count} {rows})"
        return f"column {self.table}.{self.column} ({self.count} {rows} with a value)"


def snapshot(connection: Connection, module: Module, modules: Sequence[str]) -> Mapping[str, dict[str, int]]:
    """How many values stand in every column of a module's tables; `*` counts the rows.

    What is `DERIVED` is left out.
    """
    known = {} if module.tables is None else module.tables.tables
    inspector = inspect(connection)
    quote = connection.dialect.identifier_preparer.quote
    counts: dict[str, dict[str, int]] = {}
    for table in sorted(ordinary_tables(connection)):
        told = known.get(table)
        if owner(table, modules) == module.name and (told is None or DERIVED not in told.info):
            names = [
                column["name"]
                for column in inspector.get_columns(table)
                if told is None or DERIVED not in getattr(told.c.get(column["name"]), "info", ())
            ]
            wanted = ", ".join(["count(*)", *(f"count({quote(name)})" for name in names)])
            row = connection.exec_driver_sql(f"SELECT {wanted} FROM {quote(table)}").one()  # noqa: S608 - names from the catalogue, quoted
            counts[table] = dict(zip(["*", *names], row, strict=True))
    return counts


def losses(connection: Connection, before: Mapping[str, dict[str, int]]) -> list[Loss]:
    """What of a snapshot is no longer there."""
    inspector = inspect(connection)
    tables = ordinary_tables(connection)
    found: list[Loss] = []
    for table, counts in before.items():
        if table not in tables:
            found += [Loss(table, None, counts["*"])] if counts["*"] else []
            continue
        left = {column["name"] for column in inspector.get_columns(table)}
        found += [
            Loss(table, name, count) for name, count in counts.items() if name not in {"*", *left} and count
        ]
        rows = connection.exec_driver_sql(
            f"SELECT count(*) FROM {connection.dialect.identifier_preparer.quote(table)}"  # noqa: S608 - names from the catalogue, quoted
        ).scalar_one()
        found += [Loss(table, None, counts["*"] - rows)] if rows < counts["*"] else []
    return found
