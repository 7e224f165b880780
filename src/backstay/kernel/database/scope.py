"""The rules that every statement obeys without saying so: organization, soft deletion, stamps, version.

They rewrite a Core expression once, when its `Statement` is made. Nested selects, CTEs,
aliases and the sources of an INSERT … SELECT are rewritten too; on the nullable side of
an outer join the condition joins the ON clause, where it filters without dropping rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any, Final, cast

from sqlalchemy import (
    ColumnElement,
    Delete,
    Executable,
    FromClause,
    Insert,
    Join,
    Select,
    Table,
    Update,
    and_,
    bindparam,
    literal_column,
)
from sqlalchemy.sql import visitors
from sqlalchemy.sql.selectable import Alias
from sqlalchemy.types import TypeEngine

from backstay.kernel.database import columns
from backstay.kernel.database.columns import Timestamp, Uuid

PARAM_PREFIX: Final = "p_"
"""Core keeps the bare names of columns for itself in INSERT and UPDATE, so parameters get a prefix."""
ORGANIZATION_KEY: Final = "c_organization"
ACTOR_KEY: Final = "c_actor"
NOW_KEY: Final = "c_now"
MOVED_KEY: Final = "c_moved"


class Deleted(Enum):
    """Which rows of a table with soft deletion a statement sees."""

    HIDDEN = "hidden"
    """Living rows: the default."""
    ONLY = "only"
    """Deleted rows: a trash view, a restore."""
    ANY = "any"
    """Both: pruning, uniqueness checks."""


def param(name: str, type_: TypeEngine[Any] | type[TypeEngine[Any]] | None = None) -> ColumnElement[Any]:
    """A value given by name when the statement runs.

    The type is taken from the column it is compared with; state it where there is none.
    """
    return bindparam(PARAM_PREFIX + name, type_=type_, required=True)


NOW: Final[ColumnElement[Any]] = bindparam(NOW_KEY, type_=Timestamp, required=True)
"""The unit's clock, usable in any expression."""
MOVED: Final[ColumnElement[Any]] = bindparam(MOVED_KEY, type_=Timestamp, required=True)
"""The unit's clock where it stands for the database's, too; else null."""
ACTOR: Final[ColumnElement[Any]] = bindparam(ACTOR_KEY, type_=Uuid, required=True)
"""The id of the unit's actor, usable in any expression."""
_ORGANIZATION: Final[ColumnElement[Any]] = bindparam(ORGANIZATION_KEY, type_=Uuid, required=True)

_ON_INSERT: Final[dict[str, ColumnElement[Any]]] = {
    columns.ORGANIZATION: _ORGANIZATION,
    columns.CREATED_AT: NOW,
    columns.CREATED_BY: ACTOR,
    columns.UPDATED_AT: NOW,
    columns.UPDATED_BY: ACTOR,
    columns.VERSION: literal_column("1"),
}


def role_of(column: ColumnElement[Any]) -> str | None:
    """The role that a table gave this column, if any."""
    role = getattr(column, "info", {}).get(columns.ROLE)
    return role if isinstance(role, str) else None


def insert_values(table: Table, given: Iterable[str]) -> dict[str, ColumnElement[Any]]:
    """What an insert must add to the columns it names: organization, stamps, version."""
    named = set(given)
    return {
        column.name: _ON_INSERT[role]
        for column in table.columns
        if (role := role_of(column)) in _ON_INSERT and column.name not in named
    }


def update_values(table: Table, given: Iterable[str]) -> dict[str, ColumnElement[Any]]:
    """What an update must add to the columns it sets: who and when, and the next version."""
    named = set(given)
    values: dict[str, ColumnElement[Any]] = {}
    for column in table.columns:
        if column.name in named:
            continue
        match role_of(column):
            case columns.UPDATED_AT:
                values[column.name] = NOW
            case columns.UPDATED_BY:
                values[column.name] = ACTOR
            case columns.VERSION:
                values[column.name] = column + 1
            case _:
                pass
    return values


def _conditions(source: FromClause, *, unscoped: bool, deleted: Deleted) -> Iterator[ColumnElement[bool]]:
    table = source.element if isinstance(source, Alias) else source
    if not isinstance(table, Table):
        return
    for column in table.columns:
        match role_of(column):
            case columns.ORGANIZATION if not unscoped:
                yield source.c[column.name] == _ORGANIZATION
            case columns.DELETED_AT if deleted is Deleted.HIDDEN:
                yield source.c[column.name].is_(None)
            case columns.DELETED_AT if deleted is Deleted.ONLY:
                yield source.c[column.name].is_not(None)
            case _:
                pass


def apply(expression: Executable, *, unscoped: bool, deleted: Deleted) -> Executable:
    """The expression under the house's rules.

    Raises:
        TypeError: a FULL OUTER JOIN of a scoped table; neither WHERE nor ON can scope it.
    """

    def conditions(source: FromClause) -> list[ColumnElement[bool]]:
        return list(_conditions(source, unscoped=unscoped, deleted=deleted))

    def sources(source: FromClause) -> Iterator[ColumnElement[bool]]:
        if not isinstance(source, Join):
            yield from conditions(source)
            return
        yield from sources(source.left)
        right = list(sources(source.right))
        if right and source.full:
            raise TypeError("a FULL OUTER JOIN cannot be scoped to an organization; use UNION ALL")
        if right and source.isouter:
            if source.onclause is None:
                raise TypeError("an outer join of a scoped table needs an ON clause")
            source.onclause = and_(source.onclause, *right)
        else:
            yield from right

    def on_select(select: Select[Any]) -> None:
        for source in select.get_final_froms():
            for condition in sources(source):
                select.where.non_generative(select, condition)  # type: ignore[attr-defined]  # set by SQLAlchemy's decorator

    def on_change(change: Update | Delete) -> None:
        for condition in conditions(change.table):
            change.where.non_generative(change, condition)  # type: ignore[union-attr]  # set by SQLAlchemy's decorator

    scoped: Executable = visitors.cloned_traverse(
        cast("Any", _fill(expression)),
        {},
        {"select": on_select, "update": on_change, "delete": on_change},
    )
    return scoped


def _fill(change: Executable) -> Executable:
    if isinstance(change, Insert) and isinstance(change.table, Table):
        return _fill_insert(change, change.table)
    if isinstance(change, Update) and isinstance(change.table, Table):
        return change.values(update_values(change.table, _named(change) or ()))
    return change


def _named(change: Insert | Update) -> list[str] | None:
    """The columns that the change sets itself, or None when it leaves all of them to Core."""
    values = change._values  # noqa: SLF001 - Core has no public reader for it
    return (
        None if values is None else [column if isinstance(column, str) else column.name for column in values]
    )


def _fill_insert(insert: Insert, table: Table) -> Insert:
    if insert.select is not None:
        return insert
    named = _named(insert)
    if named is None:
        fills = insert_values(table, ())
        skipped = {column.name for column in table.columns if role_of(column) == columns.DELETED_AT}
        return insert.values(
            {
                c.name: param(c.name, c.type)
                for c in table.columns
                if c.name not in fills and c.name not in skipped
            }
            | fills
        )
    return insert.values(insert_values(table, named))
