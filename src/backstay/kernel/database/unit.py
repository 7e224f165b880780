"""Readers and units of work: the two ways into the database, as two types.

A `Reader` cannot write. A `UnitOfWork` is one transaction: it is also a reader, and its
reads see its writes. Only the edges (HTTP dispatch, job runner, CLI) open and end units;
services receive one and never commit.
"""

from __future__ import annotations

import copy
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar, Token
from datetime import datetime
from types import TracebackType
from typing import Any, Final, TypeVar
from uuid import UUID

from typing_extensions import override

from backstay.kernel.actor import Actor
from backstay.kernel.clock import Clock
from backstay.kernel.database.dialect import Dialect
from backstay.kernel.database.engine import Engine, Transaction
from backstay.kernel.database.errors import NoRow
from backstay.kernel.database.listing import Listing, ListRequest, Page
from backstay.kernel.database.statement import Compiled, Context, Statement
from backstay.kernel.event import Event
from backstay.kernel.observation import current_record
from backstay.kernel.parts import Parts
from backstay.kernel.signing import Signer

T = TypeVar("T")
P = TypeVar("P")

_log: Final = logging.getLogger("backstay.database")

_in_unit: Final[ContextVar[bool]] = ContextVar("backstay_in_unit", default=False)


class Reader:
    """Reads on behalf of one actor, within that actor's organization."""

    def __init__(self, engine: Engine, actor: Actor, clock: Clock, cursors: Signer, parts: Parts) -> None:
        """Use `Database.reader`."""
        self._engine = engine
        self._cursors = cursors
        self._parts = parts
        self.actor = actor
        self.clock = clock

    @property
    def organization_id(self) -> UUID:
        """The organization that every statement is scoped to."""
        return self.actor.organization_id

    @property
    def dialect(self) -> Dialect:
        """Which database this is; for the rare service that must know."""
        return self._engine.dialect

    def now(self) -> datetime:
        """The present moment by the unit's clock."""
        return self.clock.now()

    def part(self, kind: type[P]) -> P:
        """The live object of this type that a system holds in this backend, as `Backend.part`.

        Raises:
            LookupError: no composed system holds one.
        """
        return self._parts.part(kind)

    async def one(self, statement: Statement[T], **parameters: Any) -> T:
        """The row.

        Raises:
            NoRow: there is none (a 404 unless the service says otherwise).
        """
        row = await self.first(statement, **parameters)
        if row is None:
            raise NoRow
        return row

    async def first(self, statement: Statement[T], **parameters: Any) -> T | None:
        """The first row, or None."""
        compiled = statement.compiled(self._engine.dialect)
        rows = await self._rows(compiled, parameters)
        return compiled.decode(rows[0]) if rows else None

    async def all(self, statement: Statement[T], **parameters: Any) -> list[T]:
        """Every row; use `page` for what can grow."""
        compiled = statement.compiled(self._engine.dialect)
        return list(map(compiled.decode, await self._rows(compiled, parameters)))

    async def page(self, listing: Listing[T], request: ListRequest, **parameters: Any) -> Page[T]:
        """One page of a list.

        Raises:
            BadCursor: the cursor is not of this list with this sort and these filters.
            Invalid: a filter or sort that the list does not have, or a value of the wrong type.
        """
        query = listing.query(request, parameters, self._cursors, self._engine.dialect)
        return query.page(await self._rows(query.compiled, query.parameters))

    async def _rows(self, compiled: Compiled, parameters: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        arguments = compiled.bind(self._context(), parameters)
        record = current_record.get()
        if record is None:
            return await self._fetch(compiled, arguments)
        started = time.perf_counter_ns()
        try:
            rows = await self._fetch(compiled, arguments)
        except BaseException as failure:
            record.note("statement", compiled.name, started, {"error": type(failure).__name__})
            raise
        record.note("statement", compiled.name, started, {"rows": len(rows)})
        return rows

    def _fetch(self, compiled: Compiled, arguments: list[Any]) -> Awaitable[Sequence[Sequence[Any]]]:
        return self._engine.fetch(compiled, arguments, self.actor.organization_id)

    def _context(self) -> Context:
        return Context(self.actor.organization_id, self.actor.id, self.clock.now)


class UnitOfWork(Reader):
    """One transaction. What it reads includes what it wrote; nothing leaves before its commit.

    Its clock stands still: `now()` is the moment the unit began, so that all its rows agree.
    """

    def __init__(self, engine: Engine, actor: Actor, clock: Clock, cursors: Signer, parts: Parts) -> None:
        """Use `Database.transaction` or `Database.run`."""
        super().__init__(engine, actor, clock, cursors, parts)
        self._transaction: Transaction = engine.transaction(actor.organization_id)
        self._began = clock.now()
        self.published: list[Event] = []
        """Events that wait for the commit, in their order; for the systems that keep them."""
        self._before: list[Callable[[], Awaitable[None]]] = []
        self._after: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """The moment this unit began."""
        return self._began

    def on_behalf(self, actor: Actor) -> UnitOfWork:
        """This same transaction for another actor: for the house's own work that crosses organizations.

        What either publishes, or wants to be done at the commit, is the one unit's.
        """
        other = copy.copy(self)
        other.actor = actor
        other._transaction = self._transaction.within(actor.organization_id)  # noqa: SLF001 - of our own class
        return other

    def publish(self, event: Event) -> None:
        """Let an event leave with this unit's commit; a rollback leaves no trace of it."""
        self.published.append(event)

    def before_commit(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work` inside this transaction, just before its commit; what it raises rolls the unit back.

        For systems that gather during the unit and write once. Runs in the order given.
        """
        self._before.append(work)

    def after_commit(self, tell: Callable[[], None]) -> None:
        """Call `tell` once the commit is durable: a wake-up, never an effect that must not be lost.

        It must be quick; what it raises is logged, for the commit has happened.
        """
        self._after.append(tell)

    async def execute(self, statement: Statement[Any], **parameters: Any) -> int:
        """Run a change and return how many rows it touched."""
        compiled = statement.compiled(self._engine.dialect)
        arguments = compiled.bind(self._context(), parameters)
        started = time.perf_counter_ns()
        touched = await self._transaction.execute(compiled, arguments)
        if (record := current_record.get()) is not None:
            record.note("statement", compiled.name, started, {"rows": touched})
        return touched

    async def execute_many(self, statement: Statement[Any], rows: Iterable[Mapping[str, Any]]) -> None:
        """Run a change once for each row of parameters; nothing when there are none."""
        compiled = statement.compiled(self._engine.dialect)
        context = self._context()
        arguments = [compiled.bind(context, row) for row in rows]
        if not arguments:
            return
        started = time.perf_counter_ns()
        await self._transaction.execute_many(compiled, arguments)
        if (record := current_record.get()) is not None:
            record.note("statement", compiled.name, started, {"batch": len(arguments)})

    async def _finish_writing(self) -> None:
        if self.published:
            for keep in self._parts.event_keepers():
                await keep(self)
        # Work may ask for more work; what is added while it runs is run too.
        for work in self._before:
            await work()

    def _tell(self) -> None:
        for tell in self._after:
            try:
                tell()
            except Exception:  # noqa: BLE001 - the commit has happened; nobody may take it for a failure
                _log.exception("a wake-up after a commit failed")

    @override
    def _fetch(self, compiled: Compiled, arguments: list[Any]) -> Awaitable[Sequence[Sequence[Any]]]:
        return self._transaction.fetch(compiled, arguments)

    def _context(self) -> Context:
        return Context(self.actor.organization_id, self.actor.id, self.now)


class OpenUnit(AbstractAsyncContextManager[UnitOfWork]):
    """The edge's hold on a unit of work: commits when the block ends well, rolls back when it does not."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._token: Token[bool] | None = None

    async def __aenter__(self) -> UnitOfWork:
        if _in_unit.get():
            # On SQLite the inner unit would wait for ever for the writer that the outer one holds.
            raise RuntimeError("a unit of work is already open here: pass it on instead of opening another")
        self._token = _in_unit.set(True)
        return self._unit

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._token is not None:
            _in_unit.reset(self._token)
        transaction = self._unit._transaction  # noqa: SLF001 - the unit keeps its transaction from services, not from its edge
        if kind is not None:
            await transaction.rollback()
            return
        try:
            await self._unit._finish_writing()  # noqa: SLF001 - as above
        except BaseException:
            await transaction.rollback()
            raise
        started = time.perf_counter_ns()
        try:
            await transaction.commit()
        except BaseException as failure:
            if (record := current_record.get()) is not None:
                record.note("commit", "commit", started, {"error": type(failure).__name__})
            raise
        if (record := current_record.get()) is not None:
            record.note("commit", "commit", started)
        self._unit._tell()  # noqa: SLF001 - as above
