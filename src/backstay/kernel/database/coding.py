"""How values and rows cross the border: Python to the driver's form and back, decided once a statement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import Enum
from functools import partial
from types import UnionType
from typing import Any, Union, cast, get_args, get_origin
from uuid import UUID

import msgspec
from sqlalchemy import Column, ColumnElement, Executable
from sqlalchemy.sql.base import ColumnCollection
from sqlalchemy.types import TypeEngine

from backstay.kernel.database.columns import Json, Timestamp, Uuid, timestamp_text
from backstay.kernel.database.dialect import Dialect


def encoder(type_: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """How a Python value becomes the driver's, or None where the driver takes it as it is."""
    match type_:
        case Json():
            return _json_text
        case Uuid() if dialect == "sqlite":
            return str
        case Timestamp() if dialect == "sqlite":
            return timestamp_text
        case _:
            return None


def _json_text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def is_struct(row: Any) -> bool:
    """Whether rows become structs, and not the values of a single column."""
    return isinstance(row, type) and issubclass(row, msgspec.Struct)


def result_columns(expression: Executable) -> list[ColumnElement[Any]]:
    """The columns that a statement selects or returns; none for one that only changes."""
    # Of a copy: SQLAlchemy keeps the collection with the expression that is asked, and of all that are
    # checked where they are written these were 3 MB.
    collection = getattr(expression.execution_options(), "exported_columns", None)
    return list(cast("ColumnCollection[str, Column[Any]]", collection)) if collection is not None else []


def _field_types(row: type[Any]) -> list[Any]:
    return [field.type for field in msgspec.structs.fields(row)] if is_struct(row) else [row]


def _decoder(field: Any, column: ColumnElement[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """How a driver's value becomes the field's, or None where it already is."""
    if isinstance(column.type, Json):
        return msgspec.json.Decoder(field).decode
    plain = field
    if get_origin(field) in (Union, UnionType):
        plain = next(option for option in get_args(field) if option is not type(None))
    while get_origin(plain) is not None and hasattr(plain, "__metadata__"):
        plain = get_args(plain)[0]
    if not isinstance(plain, type):
        return partial(msgspec.convert, type=field, strict=False)
    if issubclass(plain, Enum):
        # A look-up costs a tenth of a call of the class; no member still raises the class's error.
        return _Members(plain).__getitem__
    if dialect == "sqlite":
        if issubclass(plain, UUID):
            return UUID
        if issubclass(plain, datetime):
            return datetime.fromisoformat
        if plain is bool:
            return bool
    elif plain is int:
        # PostgreSQL's sum() of bigints is numeric, which arrives as a Decimal.
        return None if isinstance(column, Column) else int
    return None


class _Members(dict[Any, Enum]):
    """An enum's members by value."""

    def __init__(self, kind: type[Enum]) -> None:
        super().__init__((member.value, member) for member in kind)
        self._kind = kind

    def __missing__(self, value: Any) -> Enum:
        return self._kind(value)


def row_decoder(
    expression: Executable, row: type[Any] | None, dialect: Dialect, hidden: int
) -> Callable[[Sequence[Any]], Any]:
    """What makes a contract of a driver's row; the last `hidden` columns are left out."""
    if row is None:
        return tuple
    columns = result_columns(expression)
    shown = columns[: len(columns) - hidden]
    converters = [
        (index, convert)
        for index, (field, column) in enumerate(zip(_field_types(row), shown, strict=True))
        if (convert := _decoder(field, column, dialect)) is not None
    ]
    count = len(shown)
    if not is_struct(row):
        convert = converters[0][1] if converters else None

        def decode_value(record: Sequence[Any]) -> Any:
            value = record[0]
            return value if convert is None or value is None else convert(value)

        return decode_value
    if not converters and not hidden:
        return lambda record: row(*record)

    if len(converters) == 1 and not hidden:
        ((only, convert_it),) = converters

        def decode_with_one(record: Sequence[Any]) -> Any:
            values = [*record]
            value = values[only]
            if value is not None:
                values[only] = convert_it(value)
            return row(*values)

        return decode_with_one

    def decode(record: Sequence[Any]) -> Any:
        values = list(record[:count] if hidden else record)
        for index, convert in converters:
            value = values[index]
            if value is not None:
                values[index] = convert(value)
        return row(*values)

    return decode
