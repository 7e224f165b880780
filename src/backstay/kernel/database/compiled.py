"""What a statement is in one dialect: its text, how arguments are bound to it, and how rows are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol, cast

from sqlalchemy import Executable, Insert
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.sql.compiler import SQLCompiler

from backstay.kernel.actor import Actor
from backstay.kernel.clock import Clock
from backstay.kernel.database import scope
from backstay.kernel.database.coding import encoder, is_struct, result_columns, row_decoder
from backstay.kernel.database.dialect import Dialect
from backstay.kernel.database.errors import OutOfRange
from backstay.kernel.database.touching import adds_rows, tables_of

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
    plain: tuple[str, ...] | None = None
    """The keys of the slots, where each is a parameter or the organization and goes as it is."""

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
        if self.plain is not None:  # as most of what reads
            organization = context.actor.organization_id
            return [given.get(key, organization) for key in self.plain]
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
    plain = all(
        slot.convert is None and (slot.key in parameters or slot.key == scope.ORGANIZATION_KEY)
        for slot in slots
    )
    return Compiled(
        name,
        text,
        tuple(slots),
        frozenset(parameters),
        decode,
        unscoped,
        tables_of(expression) if touches is None else touches,
        text.index("(", text.index(_VALUES)) if adds else None,
        tuple([slot.key for slot in slots]) if plain else None,
    )
