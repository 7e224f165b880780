"""Which tables an expression touches: what says whether it can be told from another that runs beside it."""

from __future__ import annotations

from sqlalchemy import Executable, Table, TextClause
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


def adds_rows(expression: Executable) -> bool:
    """Whether all it does is to put a row in, so that one statement can put in several."""
    if not isinstance(expression, Insert) or expression.select is not None or expression._returning:  # noqa: SLF001 - SQLAlchemy tells it nowhere else
        return False
    return getattr(expression, "_post_values_clause", None) is None  # which ON CONFLICT is
