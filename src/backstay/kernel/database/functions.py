"""The few expressions that Core cannot say alike for both databases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import operators
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import Grouping, UnaryExpression

from backstay.kernel.database.columns import Json, Timestamp, Uuid
from backstay.kernel.database.scope import MOVED, NOW, param


class database_now(ColumnElement[datetime]):  # noqa: N801 - reads as a function, like Core's own
    """The database's present: for what all nodes must agree on, whatever their own clocks say.

    SQLite has no clock but the machine's, so there it is the unit's. A clock that is moved by hand, in tests
    and in the lab, takes its place on both.
    """

    inherit_cache = False
    type = Timestamp()


@compiles(database_now)
def _present(_element: database_now, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(NOW, **kw)


@compiles(database_now, "postgresql")
def _present_postgresql(_element: database_now, compiler: SQLCompiler, **kw: Any) -> str:
    return f"coalesce(CAST({compiler.process(MOVED, **kw)} AS timestamptz), clock_timestamp())"


class any_of(ColumnElement[bool]):  # noqa: N801 - reads as a function, like Core's own
    """`column` is one of the values in the list parameter: one statement, one text, whatever the length.

    The parameter is passed as a list of what the column holds. It travels as JSON, because
    that is the one form both databases unfold inside the statement.
    """

    inherit_cache = False
    type = Boolean()

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column = column
        self.values = param(name, Json)

    def self_group(self, against: Any = None) -> ColumnElement[Any]:
        """Itself: Core would make it `(… IN …) = 1` on SQLite, which no index can answer."""
        return Grouping(self) if against in {operators.any_op, operators.all_op} else self

    def _negate(self) -> ColumnElement[bool]:
        return UnaryExpression(Grouping(self), operator=operators.inv, type_=self.type)

    def get_children(self, **_: Any) -> tuple[ColumnElement[Any], ...]:
        """What traversals see of it."""
        return (self.column, self.values)

    def _copy_internals(self, clone: Any = None, **kw: Any) -> None:
        self.column = clone(self.column, **kw)
        self.values = clone(self.values, **kw)


@compiles(any_of)  # also the default: Core compiles once without a dialect to learn a select's tables
def _sqlite(element: any_of, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = compiler.process(element.column, **kw), compiler.process(element.values, **kw)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - compiled parts, no input


@compiles(any_of, "postgresql")
def _postgresql(element: any_of, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = compiler.process(element.column, **kw), compiler.process(element.values, **kw)
    kind = element.column.type
    name = "uuid" if isinstance(kind, Uuid) else kind.compile(dialect=compiler.dialect)
    rows = f"jsonb_array_elements_text({values})"
    # As an array it is looked up in an index; of rows the server thinks that there are a hundred, and reads
    # a whole table to join them.
    return f"{column} = ANY (ARRAY(SELECT value::{name} FROM {rows} AS value))"  # noqa: S608 - compiled parts, no input
