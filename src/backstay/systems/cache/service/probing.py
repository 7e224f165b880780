"""Probes: numbers to try the cache with, and to prove it."""

from __future__ import annotations

import asyncio
from typing import Final
from uuid import UUID

from msgspec import Struct

from backstay.kernel.actor import Actor
from backstay.kernel.database import Database, ListRequest, Page, Reader, UnitOfWork
from backstay.systems.cache import queries
from backstay.systems.cache.contracts import Kind, Sharing
from backstay.systems.cache.queries import ProbeRow
from backstay.systems.cache.service.cache import Cache
from backstay.systems.cache.service.invalidating import invalidate


class Mine(Struct, frozen=True):
    """Who was asked for, and where."""

    actor_id: UUID
    organization_id: UUID
    permissions: int


PROBE: Final = Kind("cache.probe", ProbeRow, Sharing.ORGANIZATION, ttl=3600)
MINE: Final = Kind("cache.probe_mine", Mine, Sharing.PERSON, ttl=3600)


async def put(uow: UnitOfWork, name: str, value: int) -> ProbeRow:
    """Set a number, and forget what is kept of it."""
    invalidate(uow, f"probe.{name}")
    return await uow.one(queries.SET_PROBE, name=name, value=value)


async def read(reader: Reader, database: Database, name: str, hold: float) -> ProbeRow:
    """The number as it is kept; computing it counts, and takes `hold` seconds after it was read.

    Raises:
        NoRow: there is none.
    """

    async def fill() -> ProbeRow:
        return await compute(reader, database, name, hold)

    return await reader.part(Cache).get_or_fill(PROBE.key(reader, name), fill, tags=[f"probe.{name}"])


async def compute(reader: Reader, database: Database, name: str, hold: float) -> ProbeRow:
    """The number, and that it was computed once more.

    Raises:
        NoRow: there is none.
    """
    row = await database.run(reader.actor, lambda uow: uow.one(queries.FILL_PROBE, name=name))
    await asyncio.sleep(hold)
    return row


async def read_mine(reader: Reader) -> Mine:
    """Who asks, as it is kept for them."""

    async def fill() -> Mine:
        return mine(reader.actor)

    return await reader.part(Cache).get_or_fill(MINE.key(reader), fill, tags=["probes"])


def mine(actor: Actor) -> Mine:
    """Who somebody is."""
    return Mine(actor.id, actor.organization_id, len(actor.permissions))


async def list_probes(reader: Reader, request: ListRequest) -> Page[ProbeRow]:
    """The numbers, as they are."""
    return await reader.page(queries.PROBES, request)
