"""Probes: events that are only counted, to try the system out and to prove it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from backstay.kernel.database import ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.systems.events.contracts import ProbeCount
from backstay.systems.events.events import Probed
from backstay.systems.events.queries import probes
from backstay.systems.events.service import keeping


async def publish(uow: UnitOfWork, name: str, count: int, *, hold: float = 0.0) -> None:
    """Publish so many events of one probe; `hold` keeps the transaction open after they are written."""
    await keeping.write(uow, [Probed(probe=name)] * count)
    if hold:
        await asyncio.sleep(hold)


async def count(uow: UnitOfWork, name: str, version: int) -> None:
    """Count one: an effect that is wrong as soon as it happens twice, or not in its turn."""
    await uow.execute(probes.COUNT, id=uuid7(), name=name, version=version)


async def counts(reader: Reader, request: ListRequest) -> Page[ProbeCount]:
    """What an organization's probes have counted."""
    return await reader.page(probes.LIST, request)


async def prune(uow: UnitOfWork, *, days: int) -> int:
    """Forget probes that are older than so many days, of every organization; how many."""
    return await uow.execute(probes.PRUNE, before=uow.now() - timedelta(days=days))
