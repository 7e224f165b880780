"""Which tables an expression touches: what says whether it can be told from another that runs beside it."""

from __future__ import annotations

from sqlalchemy import Executable, Table, TextClause
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import visitors
from sqlalchemy.sql.dml import Insert


def tables_of(expression: Executable) -> frozenset[str] | None:
    """The names of all tables in it; None where text of ours hides some, or it begins with a WITH."""
    found = set()
    for part in visitors.iterate(expression):  # type: ignore[arg-type]  # every executable here is a clause element
        if isinstance(part, TextClause) or part.__visit_name__ in {"cte", "textual_select"}:
            return None
        if isinstance(part, Table):
            found.add(part.name)
    return frozenset(found)


def only_adds(expression: Executable) -> bool:
    """Whether it puts rows in and looks at none: two of a kind do not meet but at a unique key.

    Not into a table whose rows the database numbers: there their order is kept for good.
    """
    if not isinstance(expression, Insert) or expression.select is not None:
        return False
    if isinstance(expression.table, Table) and expression.table.autoincrement_column is not None:
        return False
    return not (isinstance(expression, postgresql.Insert) and expression._post_values_clause is not None)  # noqa: SLF001 - SQLAlchemy tells it nowhere else
