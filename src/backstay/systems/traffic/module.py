"""The request log's manifest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from backstay.kernel.backend import Backend
from backstay.kernel.database import Reader
from backstay.kernel.module import Card, Module
from backstay.kernel.observation import Record
from backstay.kernel.tasks import end
from backstay.systems.traffic import service, tables
from backstay.systems.traffic.contracts import OPERATE, READ
from backstay.systems.traffic.http import TrafficController
from backstay.systems.traffic.settings import TrafficSettings

_LAST_WRITE: Final = 5.0
"""Seconds that the last lines have to be written in when the server stops."""


@asynccontextmanager
async def recording(backend: Backend) -> AsyncIterator[None]:
    """Write the log and let people follow it, as long as the server runs."""
    recorder, tail = service.Recorder(backend), service.Tail(backend)
    backend.hold(recorder)
    backend.hold(tail)
    writing, following = asyncio.create_task(recorder.run()), asyncio.create_task(tail.run())
    try:
        yield
    finally:
        recorder.stop()
        following.cancel()
        # The last lines are written if the database takes them; it must not hold up the end for ever.
        await asyncio.wait([writing, following], timeout=_LAST_WRITE)
        await end(writing, following)


def observe(backend: Backend, record: Record) -> None:
    """Hand a finished request to the recorder."""
    backend.part(service.Recorder).observe(record)


async def card(reader: Reader) -> Card:
    """How many requests the log holds for this person."""
    count = await service.count(reader)
    return Card(f"{count:,}", "requests kept")


module = Module(
    name="traffic",
    summary="Every request with what it caused: statements, guard decisions, commit, as one waterfall.",
    package=__package__,
    tables=tables.metadata,
    controllers=[TrafficController],
    permissions=[READ, OPERATE],
    settings=TrafficSettings,
    services=[recording],
    observers=[observe],
    card=card,
)
