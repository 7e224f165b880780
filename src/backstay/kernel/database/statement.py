"""Statements: Core expressions compiled once per dialect, decoded straight into contracts.

No session, no identity map, no lazy loading: a statement is a value at the top of a
module's `queries.py`, a row is already the frozen struct that leaves the module.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from functools import partial
from types import UnionType
from typing import (
    Any,
    Final,
    Generic,
    NamedTuple,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    overload,
)
from uuid import UUID

import msgspec
from sqlalchemy import Column, ColumnElement, Executable
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.sql.base import ColumnCollection
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from backstay.kernel.database import scope
from backstay.kernel.database.columns import Json, Timestamp, Uuid, timestamp_text
from backstay.kernel.database.dialect import Dialect
from backstay.kernel.database.scope import Deleted
from backstay.kernel.database.upsert import Upsert

T = TypeVar("T")

_DIALECTS: Final = {"sqlite": sqlite.dialect(paramstyle="qmark"), "postgresql": asyncpg.dialect()}  # type: ignore[no-untyped-call]  # SQLAlchemy leaves dialect constructors untyped


class Context(NamedTuple):
    """What every unit of work gives its statements unasked."""

    organization: UUID
    actor: UUID
    now: datetime


class Slot(NamedTuple):
    """One placeholder of the compiled text, in order."""

    key: str
    """A parameter's own name, or one of the context keys; empty for a constant."""
    constant: Any
    convert: Callable[[Any], Any] | None


class Compiled(NamedTuple):
    """A statement in one dialect: text, where each argument comes from, and how a row becomes a contract."""

    name: str
    sql: str
    slots: tuple[Slot, ...]
    parameters: frozenset[str]
    decode: Callable[[Sequence[Any]], Any]

    def bind(self, context: Context, given: Mapping[str, Any]) -> list[Any]:
        """The driver's positional arguments.

        Raises:
            TypeError: a parameter is missing or was never asked for; the message names them.
        """
        if given.keys() != self.parameters:
            missing = sorted(self.parameters - given.keys())
            unknown = sorted(given.keys() - self.parameters)
            raise TypeError(f"{self.name}: missing parameters {missing}, unknown parameters {unknown}")
        arguments: list[Any] = []
        for key, constant, convert in self.slots:
            if key == "":
                value = constant
            elif key == scope.ORGANIZATION_KEY:
                value = context.organization
            elif key == scope.NOW_KEY:
                value = context.now
            elif key == scope.ACTOR_KEY:
                value = context.actor
            else:
                value = given[key]
            arguments.append(value if convert is None or value is None else convert(value))
        return arguments


class Statement(Generic[T]):
    """One query or change, written once, run on either database."""

    def __init__(
        self,
        expressions: Mapping[str, Executable],
        row: type[T] | None,
        *,
        module: str,
    ) -> None:
        """Use `statement()`; `expressions` holds one a dialect, already under the house's rules."""
        self._expressions = expressions
        self._row = row
        self._module = module
        self._name: str | None = None
        self._compiled: dict[str, Compiled] = {}

    @property
    def name(self) -> str:
        """`notes.GET`: the module's name and the name this statement was assigned to."""
        if self._name is None:
            home = sys.modules.get(self._module)
            found = next((key for key, value in vars(home).items() if value is self), None) if home else None
            package = "".join(self._module.partition(".queries")[:2]).split(".")  # it may be a folder
            owner = package[-2] if len(package) > 1 else package[0]
            if found is None:
                return f"{owner}.statement"
            self._name = f"{owner}.{found}"
        return self._name

    def compiled(self, dialect: Dialect) -> Compiled:
        """This statement in a dialect; compiled at the first call."""
        done = self._compiled.get(dialect)
        if done is None:
            done = self._compiled[dialect] = compile_expression(
                self._expressions[dialect], self._row, dialect, name=self.name
            )
        return done


Expression = Executable | Upsert | Mapping[Dialect, Executable]


@overload
def statement(
    expression: Expression, row: type[T], *, deleted: Deleted = ..., unscoped: bool = ...
) -> Statement[T]: ...
@overload
def statement(
    expression: Expression, row: None = ..., *, deleted: Deleted = ..., unscoped: bool = ...
) -> Statement[None]: ...
def statement(
    expression: Expression,
    row: type[Any] | None = None,
    *,
    deleted: Deleted = Deleted.HIDDEN,
    unscoped: bool = False,
) -> Statement[Any]:
    """Make a statement from a Core expression, an `upsert`, or one expression per dialect.

    Args:
        expression: what to run. `insert(table)` without values takes every column as a parameter.
        row: a `msgspec.Struct` whose fields are the selected columns, by name and in order; or
            the type of a single column; or None for a change that returns nothing.
        deleted: which rows of tables with soft deletion it sees.
        unscoped: True lets it cross organizations; only for the house's own upkeep.

    Raises:
        TypeError: the struct and the selected columns differ; the message shows both.
    """
    module = sys._getframe(1).f_globals["__name__"]  # noqa: SLF001 - the statement is named after the module it is written in
    per_dialect: dict[str, Executable] = {}
    for dialect in ("sqlite", "postgresql"):
        if isinstance(expression, Upsert):
            per_dialect[dialect] = expression.build(dialect)
        else:
            one = expression[dialect] if isinstance(expression, Mapping) else expression
            per_dialect[dialect] = scope.apply(one, unscoped=unscoped, deleted=deleted)
    made = Statement(per_dialect, row, module=module)
    check_row(per_dialect["sqlite"], row, module)
    return made


def check_row(expression: Executable, row: type[Any] | None, where: str, *, hidden: int = 0) -> None:
    """Refuse a row type that does not match what the expression selects."""
    if row is None:
        return
    names = [column.name for column in _result_columns(expression)]
    names = names[: len(names) - hidden]
    if not _is_struct(row):
        if len(names) != 1:
            raise TypeError(f"{where}: {row!r} takes one column, but the statement selects {names}")
        return
    fields = list(row.__struct_fields__)
    if names != fields:
        raise TypeError(f"{where}: {row.__name__} has fields {fields}, but the statement selects {names}")


def compile_expression(
    expression: Executable, row: type[Any] | None, dialect: Dialect, *, name: str, hidden: int = 0
) -> Compiled:
    """Compile for a dialect; the last `hidden` columns are passed through undecoded after the row."""
    compiled = cast("SQLCompiler", expression.compile(dialect=_DIALECTS[dialect]))  # type: ignore[attr-defined]  # every executable here is a clause element
    slots: list[Slot] = []
    parameters: set[str] = set()
    for key in compiled.positiontup or ():
        bind = compiled.binds[key]
        convert = encoder(bind.type, dialect)
        if key.startswith(scope.PARAM_PREFIX):
            bare = key.removeprefix(scope.PARAM_PREFIX)
            parameters.add(bare)
            slots.append(Slot(bare, None, convert))
        elif key in (scope.ORGANIZATION_KEY, scope.NOW_KEY, scope.ACTOR_KEY):
            slots.append(Slot(key, None, convert))
        else:
            slots.append(Slot("", bind.effective_value, convert))
    decode = _row_decoder(expression, row, dialect, hidden)
    return Compiled(name, str(compiled), tuple(slots), frozenset(parameters), decode)


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


def _is_struct(row: Any) -> bool:
    return isinstance(row, type) and issubclass(row, msgspec.Struct)


def _result_columns(expression: Executable) -> list[ColumnElement[Any]]:
    collection = getattr(expression, "exported_columns", None)
    return list(cast("ColumnCollection[str, Column[Any]]", collection)) if collection is not None else []


def _field_types(row: type[Any]) -> list[Any]:
    return [field.type for field in msgspec.structs.fields(row)] if _is_struct(row) else [row]


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
        members = {member.value: member for member in plain}
        return lambda value: members.get(value) or plain(value)
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


def _row_decoder(
    expression: Executable, row: type[Any] | None, dialect: Dialect, hidden: int
) -> Callable[[Sequence[Any]], Any]:
    if row is None:
        return tuple
    columns = _result_columns(expression)
    shown = columns[: len(columns) - hidden]
    converters = [
        (index, convert)
        for index, (field, column) in enumerate(zip(_field_types(row), shown, strict=True))
        if (convert := _decoder(field, column, dialect)) is not None
    ]
    count = len(shown)
    if not _is_struct(row):
        convert = converters[0][1] if converters else None

        def decode_value(record: Sequence[Any]) -> Any:
            value = record[0]
            return value if convert is None or value is None else convert(value)

        return decode_value
    if not converters and not hidden:
        return lambda record: row(*record)

    def decode(record: Sequence[Any]) -> Any:
        values = list(record)[:count]
        for index, convert in converters:
            value = values[index]
            if value is not None:
                values[index] = convert(value)
        return row(*values)

    return decode
