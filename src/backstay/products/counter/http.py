"""The counter over HTTP: the organization's under `/counters`, one's own under `/me/counters`."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta, Struct

from backstay.kernel.actor import Actor, Permission
from backstay.kernel.database import Page, Reader, UnitOfWork
from backstay.kernel.http import (
    Controller,
    FromPath,
    IfMatch,
    JSONBody,
    ListQuery,
    delete,
    get,
    post,
)
from backstay.products.counter import queries, service
from backstay.products.counter.contracts import LARGEST, Counter, CounterName, Day, Move
from backstay.products.counter.errors import CounterChanged, CounterOutOfRange, NoSuchCounter
from backstay.systems.idempotency import Replayable

READ = Permission("counter:read", "See counters and their moves", presets=("user",))
COUNT = Permission("counter:count", "Move, reset and delete counters", presets=("user",))


class By(Struct, frozen=True, forbid_unknown_fields=True):
    """How far to move."""

    by: Annotated[int, Meta(ge=1, le=LARGEST, description="How far.", examples=[1])] = 1


class To(Struct, frozen=True, forbid_unknown_fields=True):
    """Where to start again."""

    value: Annotated[int, Meta(ge=-LARGEST, le=LARGEST, description="The new value.", examples=[0])] = 0


class CounterValue(Struct, frozen=True):
    """A counter as version 1 of the API showed it."""

    name: str
    value: int
    version: int


class _Counters(Controller):
    """The routes; subclasses say whose counters they are."""

    def owner(self, actor: Actor) -> UUID:
        raise NotImplementedError

    @get(permission=READ, listing=queries.LIST)
    async def list_all(self, reader: Reader, actor: Actor, query: ListQuery) -> Page[Counter]:
        """List counters."""
        return await service.list_(reader, self.owner(actor), query)

    @get(
        "/{name:str}",
        permission=READ,
        problems=[NoSuchCounter],
        deprecated=date(2026, 11, 1),
        sunset=date(2027, 11, 1),
    )
    async def read_v1(self, reader: Reader, actor: Actor, name: FromPath[CounterName]) -> CounterValue:
        """Read a counter. Version 2 also tells when it was last moved."""
        counter = await service.get(reader, self.owner(actor), name)
        return CounterValue(counter.name, counter.value, counter.version)

    @get("/{name:str}", permission=READ, problems=[NoSuchCounter], version="2")
    async def read(self, reader: Reader, actor: Actor, name: FromPath[CounterName]) -> Counter:
        """Read a counter."""
        return await service.get(reader, self.owner(actor), name)

    @get("/{name:str}/moves", permission=READ, listing=queries.MOVES, problems=[NoSuchCounter])
    async def list_moves(
        self, reader: Reader, actor: Actor, name: FromPath[CounterName], query: ListQuery
    ) -> Page[Move]:
        """List the counter's moves, newest first."""
        return await service.moves(reader, self.owner(actor), name, query)

    @post(
        "/{name:str}/increment",
        permission=COUNT,
        status=200,
        problems=[CounterOutOfRange],
        declares=[Replayable()],
    )
    async def increment(
        self,
        uow: UnitOfWork,
        actor: Actor,
        name: FromPath[CounterName],
        data: JSONBody[By],
    ) -> Counter:
        """Move a counter up; the first move makes it."""
        return await service.add(uow, self.owner(actor), name, data.by)

    @post(
        "/{name:str}/decrement",
        permission=COUNT,
        status=200,
        problems=[CounterOutOfRange],
        declares=[Replayable()],
    )
    async def decrement(
        self,
        uow: UnitOfWork,
        actor: Actor,
        name: FromPath[CounterName],
        data: JSONBody[By],
    ) -> Counter:
        """Move a counter down; the first move makes it."""
        return await service.add(uow, self.owner(actor), name, -data.by)

    @post(
        "/{name:str}/reset",
        permission=COUNT,
        status=200,
        problems=[NoSuchCounter, CounterChanged],
        declares=[Replayable()],
    )
    async def reset(
        self,
        uow: UnitOfWork,
        actor: Actor,
        name: FromPath[CounterName],
        expected: IfMatch,
        data: JSONBody[To],
    ) -> Counter:
        """Set a counter, unless it was moved since you read it."""
        return await service.reset(uow, self.owner(actor), name, expected=expected, value=data.value)

    @delete("/{name:str}", permission=COUNT, problems=[NoSuchCounter, CounterChanged])
    async def remove(
        self, uow: UnitOfWork, actor: Actor, name: FromPath[CounterName], expected: IfMatch
    ) -> None:
        """Delete a counter and its moves, unless it was moved since you read it."""
        await service.remove(uow, self.owner(actor), name, expected=expected)


class SharedCounters(_Counters):
    """Counters of the organization, which all its people share."""

    path: ClassVar[str] = "/counters"

    def owner(self, actor: Actor) -> UUID:
        """The organization itself."""
        return actor.organization_id

    @get("/{name:str}/activity", permission=READ, problems=[NoSuchCounter])
    async def activity(self, reader: Reader, actor: Actor, name: FromPath[CounterName]) -> list[Day]:
        """Show what happened to a counter on its last 90 busy days, the latest first."""
        return await service.activity(reader, self.owner(actor), name)


class OwnCounters(_Counters):
    """Counters of one person, which nobody else sees."""

    path: ClassVar[str] = "/me/counters"
    name: ClassVar[str] = "own_counter"

    def owner(self, actor: Actor) -> UUID:
        """The person."""
        return actor.id
