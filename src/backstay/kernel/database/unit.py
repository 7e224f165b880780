"""Readers and units of work: the two ways into the database, as two types.

A `Reader` cannot write. A `UnitOfWork` is one transaction, and its reads see its writes. Only the edges (HTTP
dispatch, job runner, CLI) open and end units; services receive one and never commit.
"""

from __future__ import annotations

import copy
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain, groupby
from operator import itemgetter
from typing import Any, Final, Self, TypeVar, cast
from uuid import UUID

from typing_extensions import override

from backstay.kernel.actor import Actor
from backstay.kernel.clock import Clock
from backstay.kernel.database.adding import adding_of
from backstay.kernel.database.compiled import Compiled
from backstay.kernel.database.dialect import Dialect
from backstay.kernel.database.engine import Engine, Transaction
from backstay.kernel.database.errors import NoRow
from backstay.kernel.database.listing import Listing, ListRequest, Page
from backstay.kernel.database.statement import Statement
from backstay.kernel.database.together import Write, names
from backstay.kernel.event import Event
from backstay.kernel.observation import current_record
from backstay.kernel.parts import Parts
from backstay.kernel.signing import Signer

T = TypeVar("T")
P = TypeVar("P")

_log: Final = logging.getLogger("backstay.database")


class Reader:
    """Reads on behalf of one actor, within that actor's organization."""

    _held: Sequence[Write] = ()
    """Changes that wait to be sent; who only reads has none."""

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

    def on_behalf(self, actor: Actor) -> Self:
        """This reader for another actor: for what is open across organizations, as a shop window is."""
        other = copy.copy(self)
        other.actor = actor
        return other

    async def one(self, statement: Statement[T], **parameters: Any) -> T:
        """The row.

        Raises:
            NoRow: there is none (a 404 unless the service says otherwise).
        """
        if (row := await self.first(statement, **parameters)) is None:
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
        arguments = compiled.bind(self, parameters)
        riders = await self._send(compiled) if self._held else ()
        record = current_record.get()
        if record is None:
            return await self._fetch(compiled, arguments, riders)
        started = time.perf_counter_ns()
        try:
            rows = await self._fetch(compiled, arguments, riders)
        except BaseException as failure:
            record.note("statement", compiled.name, started, {"error": type(failure).__name__})
            raise
        detail: dict[str, Any] = {"rows": len(rows)}
        record.note("statement", compiled.name, started, detail | names(riders) if riders else detail)
        return rows

    async def _send(self, before: Compiled | None = None) -> Sequence[Write]:
        """Send what is held, but for what can travel with `before`, which is returned."""
        del before  # who only reads holds nothing
        return ()

    def _fetch(
        self, compiled: Compiled, arguments: list[Any], riders: Sequence[Write]
    ) -> Awaitable[Sequence[Sequence[Any]]]:
        del riders  # who only reads has none
        return self._engine.fetch(compiled, arguments, self.actor.organization_id)


class UnitOfWork(Reader):
    """One transaction. What it reads includes what it wrote; nothing leaves before its commit.

    Its clock stands still: `now()` is the moment the unit began, so that all its rows agree.
    """

    def __init__(self, engine: Engine, actor: Actor, clock: Clock, cursors: Signer, parts: Parts) -> None:
        """Use `Database.transaction` or `Database.run`."""
        super().__init__(engine, actor, clock, cursors, parts)
        self._transaction: Transaction = engine.transaction(actor.organization_id)
        self._began = clock.now()
        self._held: list[Write] = []
        self.published: list[Event] = []
        """Events that wait for the commit, in their order; for the systems that keep them."""
        self._publishers: list[Actor] = []
        self._before: list[Callable[[], Awaitable[None]]] = []
        self._last: list[Callable[[], Awaitable[None]]] = []
        self._after: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """The moment this unit began."""
        return self._began

    @override
    def on_behalf(self, actor: Actor) -> Self:
        """This same transaction for another actor: for the house's own work that crosses organizations.

        What either publishes, or wants to be done at the commit, is the one unit's.
        """
        other = super().on_behalf(actor)
        other._transaction = self._transaction.within(actor.organization_id)  # noqa: SLF001 - of our own class
        return other

    def publish(self, event: Event) -> None:
        """Let an event leave with this unit's commit; a rollback leaves no trace of it.

        It is of whoever the unit acts for here: what a shopper does in a shop is the shop's organization's.
        """
        self.published.append(event)
        self._publishers.append(self.actor)

    def before_commit(self, work: Callable[[], Awaitable[None]], *, last: bool = False) -> None:
        """Run `work` inside this transaction, just before its commit; what it raises rolls the unit back.

        For systems that gather during the unit and write once. Runs in the order given, and what is `last`
        after all that is not: for what holds a lock that many wait for. Such work asks for no more work.
        """
        (self._last if last else self._before).append(work)

    def after_commit(self, tell: Callable[[], None]) -> None:
        """Call `tell` once the commit is durable: a wake-up, never an effect that must not be lost.

        It must be quick; what it raises is logged, for the commit has happened.
        """
        self._after.append(tell)

    async def execute(self, statement: Statement[Any], **parameters: Any) -> int:
        """Run a change and return how many rows it touched."""
        compiled = statement.compiled(self._engine.dialect)
        arguments = compiled.bind(self, parameters)
        riders = await self._send(compiled) if self._held else ()
        started = time.perf_counter_ns()
        touched = await self._transaction.execute(compiled, arguments, riders)
        if (record := current_record.get()) is not None:
            record.note("statement", compiled.name, started, {"rows": touched} | names(riders))
        return touched

    def write(self, statement: Statement[Any], *rows: Mapping[str, Any]) -> None:
        """Make a change for each row of parameters, of which only matters that it happens.

        It is held back until the unit's next statement and travels with it, or with the commit. So whatever
        the unit asks afterwards has seen it, and what it breaks is raised there.
        """
        compiled = statement.compiled(self._engine.dialect)
        organization = self.actor.organization_id
        self._held += [Write(compiled, compiled.bind(self, row), organization) for row in rows]

    def add(self, statement: Statement[T], **parameters: Any) -> T:
        """Put a row in, held back as by `write`, and have it as it will be stored.

        Raises:
            TypeError: the database makes some of what the insert returns; ask for that with `one`.
        """
        adding = adding_of(statement, self._engine.dialect)
        arguments = adding.compiled.bind(self, parameters)
        self._held.append(Write(adding.compiled, arguments, self.actor.organization_id))
        return cast("T", adding.row(arguments))

    async def execute_many(self, statement: Statement[Any], rows: Iterable[Mapping[str, Any]]) -> None:
        """Run a change once for each row of parameters; nothing when there are none."""
        compiled = statement.compiled(self._engine.dialect)
        if not (arguments := [compiled.bind(self, row) for row in rows]):
            return
        await self._send()
        started = time.perf_counter_ns()
        await self._transaction.execute_many(compiled, arguments)
        if (record := current_record.get()) is not None:
            record.note("statement", compiled.name, started, {"batch": len(arguments)})

    async def _finish_writing(self) -> Sequence[Write]:
        """Do all but the commit; returns the changes that are made with it, as one statement."""
        if self.published:
            for keep in self._parts.event_keepers():
                for actor, events in groupby(
                    zip(self._publishers, self.published, strict=True), key=itemgetter(0)
                ):
                    theirs = self.on_behalf(actor)
                    theirs.published = [event for _, event in events]
                    await keep(theirs)
        # Work may ask for more work; what is added while it runs is run too.
        for work in chain(self._before, self._last):
            await work()
        if not self._held:
            return ()
        trips = self._transaction.trips(self._held)
        if len(trips) == 1 and self._transaction.is_whole(trips[0]):
            self._held.clear()
            return trips[0]
        await self._send_trips(trips)
        return ()

    def _tell(self) -> None:
        for tell in self._after:
            try:
                tell()
            except Exception:  # noqa: BLE001 - the commit has happened; nobody may take it for a failure
                _log.exception("a wake-up after a commit failed")

    @override
    async def _send(self, before: Compiled | None = None) -> Sequence[Write]:
        if not self._held:
            return ()
        trips = self._transaction.trips(self._held)
        takes = before is not None and self._transaction.takes(trips[-1], before)
        riders = trips.pop() if takes else ()
        await self._send_trips(trips)
        return riders

    async def _send_trips(self, trips: Sequence[Sequence[Write]]) -> None:
        self._held.clear()  # the list is one for all actors of the unit
        for trip in trips:
            started = time.perf_counter_ns()
            await self._transaction.within(trip[0].organization).send(trip)
            if (record := current_record.get()) is not None:
                *others, last = trip
                record.note("statement", last.compiled.name, started, names(others))

    @override
    def _fetch(
        self, compiled: Compiled, arguments: list[Any], riders: Sequence[Write]
    ) -> Awaitable[Sequence[Sequence[Any]]]:
        return self._transaction.fetch(compiled, arguments, riders)
