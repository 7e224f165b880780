"""Statements: Core expressions compiled once per dialect, decoded straight into contracts.

No session, no identity map, no lazy loading: a statement is a value at the top of a
module's `queries.py`, a row is already the frozen struct that leaves the module.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import (
    Any,
    Final,
    Generic,
    NamedTuple,
    Protocol,
    TypeVar,
    cast,
    overload,
)

from sqlalchemy import Executable, Insert, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.sql.compiler import SQLCompiler

from backstay.kernel.actor import Actor
from backstay.kernel.clock import Clock
from backstay.kernel.database import scope
from backstay.kernel.database.coding import encoder, is_struct, result_columns, row_decoder
from backstay.kernel.database.dialect import DIALECTS, Dialect
from backstay.kernel.database.errors import OutOfRange
from backstay.kernel.database.scope import Deleted
from backstay.kernel.database.touching import adds_rows, tables_of
from backstay.kernel.database.upsert import Upsert

T = TypeVar("T")
Expression = Executable | Upsert | Mapping[Dialect, Executable]

COMPILERS: Final = {"sqlite": sqlite.dialect(paramstyle="qmark"), "postgresql": asyncpg.dialect()}  # type: ignore[no-untyped-call]  # SQLAlchemy leaves dialect constructors untyped
_VALUES: Final = " VALUES "
_UNASKED: Final = frozenset({scope.ORGANIZATION_KEY, scope.NOW_KEY, scope.ACTOR_KEY, scope.MOVED_KEY})


class Context(Protocol):
    """What gives statements unasked what they want to know: a reader, or a unit of work."""

    actor: Actor
    """On whose behalf, and within whose organization."""
    clock: Clock
    """Whether it governs: stands for the database's, too."""

    def now(self) -> datetime:
        """Asked once a statement, by those that want the time."""
        ...


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
    unscoped: bool = False
    """It was declared to cross organizations."""
    tables: frozenset[str] | None = None
    """All that it touches; None where that is not known."""
    rows_at: int | None = None
    """Where in the text the row stands, of what puts one in and does nothing else."""

    def bind(self, context: Context, given: Mapping[str, Any]) -> list[Any]:
        """The driver's positional arguments.

        Raises:
            TypeError: a parameter is missing or was never asked for; the message names them.
            OutOfRange: a value cannot be written in this database's form.
        """
        if given.keys() != self.parameters:
            missing = sorted(self.parameters - given.keys())
            unknown = sorted(given.keys() - self.parameters)
            raise TypeError(f"{self.name}: missing parameters {missing}, unknown parameters {unknown}")
        arguments: list[Any] = []
        append = arguments.append
        now: datetime | None = None
        try:
            for key, constant, convert in self.slots:
                if key in given:  # first, for most are
                    value = given[key]
                elif key == scope.ORGANIZATION_KEY:
                    value = context.actor.organization_id
                elif key == "":
                    value = constant
                elif key == scope.NOW_KEY:
                    value = now = context.now() if now is None else now
                elif key == scope.ACTOR_KEY:
                    value = context.actor.id
                else:  # MOVED_KEY
                    value = context.now() if context.clock.governs else None
                append(value if convert is None or value is None else convert(value))
        except OverflowError as failure:  # a moment whose UTC lies before the year 1 or after 9999
            raise OutOfRange from failure
        return arguments


class Statement(Generic[T]):
    """One query or change, written once, run on either database."""

    def __init__(
        self,
        expression: Expression,
        row: type[T] | None,
        *,
        module: str,
        deleted: Deleted = Deleted.HIDDEN,
        unscoped: bool = False,
        touches: frozenset[str] | None = None,
    ) -> None:
        """Use `statement()`."""
        self._touches = touches
        self._expression = expression
        self.row = row
        """What its rows become."""
        self._module = module
        self._deleted = deleted
        self.unscoped = unscoped
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
        """This statement in a dialect, under the house's rules; compiled at the first call.

        Raises:
            TypeError: neither WHERE nor ON can scope it; see `scope.apply`.
        """
        done = self._compiled.get(dialect)
        if done is None:
            # Not where it is written: a process runs a tenth of the house's statements, and rewriting them
            # all was half of what its start took.
            done = self._compiled[dialect] = compile_expression(
                self.written(dialect),
                self.row,
                dialect,
                name=self.name,
                unscoped=self.unscoped,
                touches=self._touches,
            )
        return done

    def written(self, dialect: Dialect) -> Executable:
        """The expression in a dialect, under the house's rules.

        Raises:
            TypeError: neither WHERE nor ON can scope it; see `scope.apply`.
        """
        expression = _written_for(self._expression, dialect)
        if isinstance(self._expression, Upsert):
            return expression
        return scope.apply(expression, unscoped=self.unscoped, deleted=self._deleted)


def _written_for(expression: Expression, dialect: Dialect) -> Executable:
    if isinstance(expression, Upsert):
        return expression.build(dialect)
    return expression[dialect] if isinstance(expression, Mapping) else expression


@overload
def statement(
    expression: Expression,
    row: type[T],
    *,
    deleted: Deleted = ...,
    unscoped: bool = ...,
    touches: Collection[Table] | None = ...,
) -> Statement[T]: ...
@overload
def statement(
    expression: Expression,
    row: None = ...,
    *,
    deleted: Deleted = ...,
    unscoped: bool = ...,
    touches: Collection[Table] | None = ...,
) -> Statement[None]: ...
def statement(
    expression: Expression,
    row: type[Any] | None = None,
    *,
    deleted: Deleted = Deleted.HIDDEN,
    unscoped: bool = False,
    touches: Collection[Table] | None = None,
) -> Statement[Any]:
    """Make a statement from a Core expression, an `upsert`, or one expression per dialect.

    Args:
        expression: what to run. `insert(table)` without values takes every column as a parameter. One per
            dialect may leave a dialect out, for a service that asks `dialect` before it runs the statement.
        row: a `msgspec.Struct` whose fields are the selected columns, by name and in order; or
            the type of a single column; or None for a change that returns nothing.
        deleted: which rows of tables with soft deletion it sees.
        unscoped: True lets it cross organizations; only for the house's own upkeep.
        touches: every table in it, where it is text; it may then travel with what a unit holds back.

    Raises:
        TypeError: the struct and the selected columns differ; the message shows both.
    """
    module = sys._getframe(1).f_globals["__name__"]  # noqa: SLF001 - the statement is named after the module it is written in
    if row is not None:
        written = next(iter(expression)) if isinstance(expression, Mapping) else DIALECTS[0]
        check_row(_written_for(expression, written), row, module)
    named = None if touches is None else frozenset(table.name for table in touches)
    return Statement(expression, row, module=module, deleted=deleted, unscoped=unscoped, touches=named)


def check_row(expression: Executable, row: type[Any] | None, where: str, *, hidden: int = 0) -> None:
    """Refuse a row type that does not match what the expression selects."""
    if row is None:
        return
    names = [column.name for column in result_columns(expression)]
    names = names[: len(names) - hidden]
    if not is_struct(row):
        if len(names) != 1:
            raise TypeError(f"{where}: {row!r} takes one column, but the statement selects {names}")
        return
    fields = list(row.__struct_fields__)
    if names != fields:
        raise TypeError(f"{where}: {row.__name__} has fields {fields}, but the statement selects {names}")


def compile_expression(
    expression: Executable,
    row: type[Any] | None,
    dialect: Dialect,
    *,
    name: str,
    hidden: int = 0,
    unscoped: bool = False,
    touches: frozenset[str] | None = None,
) -> Compiled:
    """Compile for a dialect; the last `hidden` columns are passed through undecoded after the row."""
    adds = adds_rows(expression)
    # Core would ask for the number that the database gives, which nobody here waits for.
    whole = cast("Insert", expression).inline() if adds else expression
    compiled = cast("SQLCompiler", whole.compile(dialect=COMPILERS[dialect]))  # type: ignore[attr-defined]  # every executable here is a clause element
    slots: list[Slot] = []
    parameters: set[str] = set()
    for key in compiled.positiontup or ():
        bind = compiled.binds[key]
        convert = encoder(bind.type, dialect)
        if key.startswith(scope.PARAM_PREFIX):
            bare = key.removeprefix(scope.PARAM_PREFIX)
            if bare in _UNASKED:
                raise TypeError(f"{name}: a parameter is not called {bare!r}, which the unit gives")
            parameters.add(bare)
            slots.append(Slot(bare, None, convert))
        elif key in _UNASKED:
            slots.append(Slot(key, None, convert))
        else:
            slots.append(Slot("", bind.effective_value, convert))
    decode = row_decoder(expression, row, dialect, hidden)
    text = str(compiled)
    return Compiled(
        name,
        text,
        tuple(slots),
        frozenset(parameters),
        decode,
        unscoped,
        tables_of(expression) if touches is None else touches,
        text.index("(", text.index(_VALUES)) if adds else None,
    )
