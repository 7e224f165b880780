"""What an organization has, in every table of every module."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from sqlalchemy import Table, select

from backstay.kernel.actor import Actor
from backstay.kernel.backend import Backend
from backstay.kernel.database import Deleted, Statement, param, scoping_column, statement

Rows = dict[str, list[tuple[str, ...]]]
"""The rows of tables, by the table's name."""
_WRITTEN_LATER: Final = frozenset({"traffic"})
"""Modules whose rows are written after the answers that they tell of."""


async def rows_of(backend: Backend, owner: Actor) -> Rows:
    """Every row of every table that belongs to somebody's organization, as text and in order."""
    reader, found = backend.reader(owner), Rows()
    for table, column in _tables(backend):
        rows: list[Any] = await reader.all(_every(table, column), whose=owner.organization_id)
        found[table.name] = sorted(tuple(map(str, row)) for row in rows)
    return found


@cache
def _every(table: Table, column: str) -> Statement[None]:
    """Kept, because an attack asks for all tables after each of its thousands of requests."""
    return statement(
        select(table).where(table.c[column] == param("whose")), deleted=Deleted.ANY, unscoped=True
    )


def _tables(backend: Backend) -> Iterator[tuple[Table, str]]:
    for module in backend.modules:
        if module.tables is None or module.name in _WRITTEN_LATER:
            continue
        for table in module.tables.tables.values():
            # The jobs' statements scope by hand, so their column has the name and not the role.
            column = scoping_column(table) or "organization_id"
            if column in table.columns:
                yield table, column
