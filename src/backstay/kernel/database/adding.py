"""Rows that are known before they are stored: of an insert that is given all it returns.

Such a row need not be asked for. It is made of the arguments themselves, and the insert is held back: a unit
that does nothing else is one trip to PostgreSQL then, and not three.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, BindParameter, Boolean, Column, Insert, Integer, LargeBinary, Text
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnClause, ColumnElement, False_, Null, True_

from backstay.kernel.database.coding import result_columns, row_decoder
from backstay.kernel.database.columns import Timestamp, Uuid
from backstay.kernel.database.compiled import COMPILERS, Compiled, compile_expression
from backstay.kernel.database.dialect import Dialect
from backstay.kernel.database.statement import Statement

_EXACT: Final = (Uuid, Timestamp, Text, Integer, BigInteger, Boolean, LargeBinary)
"""What comes back as it was sent. JSON does not: PostgreSQL orders its keys anew."""


class Adding(NamedTuple):
    """An insert that returns nothing, and what makes its row of its arguments."""

    compiled: Compiled
    row: Callable[[Sequence[Any]], Any]


@cache
def adding_of(statement: Statement[Any], dialect: Dialect) -> Adding:
    """The insert of a statement without its RETURNING.

    Raises:
        TypeError: it is no plain insert, or returns what the database makes; the message says which.
    """
    expression = statement.written(dialect)
    columns = result_columns(expression)
    if not isinstance(expression, Insert) or expression.select is not None or not columns:
        raise TypeError(f"{statement.name}: only a plain insert that returns its row can be added")
    plain = expression._clone()  # noqa: SLF001 - Core takes a RETURNING away nowhere else
    plain._returning = ()  # noqa: SLF001 - as above
    compiled = compile_expression(plain, None, dialect, name=statement.name, unscoped=statement.unscoped)
    if compiled.rows_at is None:
        raise TypeError(f"{statement.name}: only a plain insert that returns its row can be added")
    core: SQLCompiler = plain.inline().compile(dialect=COMPILERS[dialect])
    places = {name: place for place, name in enumerate(core.positiontup or ())}
    given = {getattr(column, "name", column): value for column, value in (expression._values or {}).items()}  # noqa: SLF001 - as above
    picks: list[tuple[int, Any]] = []
    for column in columns:
        value = given.get(column.name)
        # A parameter keeps its name; a constant's Core makes up.
        place = places.get(value.key, -1) if isinstance(value, BindParameter) else -1
        if place >= 0 and isinstance(column.type, _EXACT):
            picks.append((place, None))
        elif value is not None and (constant := _constant(value, column)) is not _NONE:
            picks.append((-1, constant))
        elif value is None and _stays_empty(column):
            picks.append((-1, None))
        else:
            raise TypeError(f"{statement.name}: {column.name} is known only when it is stored")
    moments = [place for place, one in enumerate(columns) if isinstance(one.type, Timestamp)]
    decode = row_decoder(expression, statement.row, dialect, 0)
    in_utc = moments if dialect == "postgresql" else []  # SQLite's are text, in UTC already

    def row(arguments: Sequence[Any]) -> Any:
        values = [constant if place < 0 else arguments[place] for place, constant in picks]
        for place in in_utc:
            moment = values[place]
            if moment is not None and moment.tzinfo is not UTC:
                values[place] = moment.astimezone(UTC)
        return decode(values)

    return Adding(compiled, row)


_NONE: Final = object()


def _stays_empty(column: ColumnElement[Any]) -> bool:
    """Whether a column that an insert leaves out is null."""
    left_alone = isinstance(column, Column) and column.default is None and column.server_default is None
    return left_alone and bool(column.nullable)


def _constant(value: ColumnElement[Any], column: ColumnElement[Any]) -> Any:
    """What an expression is that has no parameter in it; `_NONE` where only the database can say."""
    match value:
        case BindParameter(unique=True) if isinstance(column.type, (Text, Integer, Boolean)):
            return value.effective_value
        case True_():
            return True
        case False_():
            return False
        case Null():
            return None
        case ColumnClause() if value.is_literal and value.name.isdigit():
            return int(value.name)
    return _NONE
