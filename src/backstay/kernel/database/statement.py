"""Statements: Core expressions compiled once per dialect, decoded straight into contracts.

No session, no identity map, no lazy loading: a statement is a value at the top of a
module's `queries.py`, a row is already the frozen struct that leaves the module.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from typing import Any, Generic, TypeVar, overload

from sqlalchemy import Executable, Table

from backstay.kernel.database import scope
from backstay.kernel.database.compiled import Compiled, check_row, compile_expression
from backstay.kernel.database.dialect import DIALECTS, Dialect
from backstay.kernel.database.scope import Deleted
from backstay.kernel.database.upsert import Upsert

T = TypeVar("T")
Expression = Executable | Upsert | Mapping[Dialect, Executable]


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
