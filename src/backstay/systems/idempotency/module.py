"""The idempotency system's manifest."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from backstay.kernel.backend import Backend
from backstay.kernel.database import Database, Reader
from backstay.kernel.errors import BackstayError
from backstay.kernel.guarantees import declared_in
from backstay.kernel.http import Surrounds
from backstay.kernel.module import Card, Module
from backstay.kernel.settings import Settings, deployment_keys
from backstay.kernel.tasks import end
from backstay.systems.idempotency import queries, service, tables
from backstay.systems.idempotency.contracts import Replayable
from backstay.systems.idempotency.http import READ, IdempotencyController
from backstay.systems.idempotency.seed import seed
from backstay.systems.idempotency.service import Claims
from backstay.systems.idempotency.settings import IdempotencySettings

_log: Final = logging.getLogger("backstay.idempotency")


def prepare(database: Database, _modules: Sequence[Module], settings: Settings) -> None:
    """Derive the keys that answers are sealed with; asks the database nothing."""
    claims = Claims(database, deployment_keys(settings), settings.module(IdempotencySettings))
    database.parts.hold(claims)


@asynccontextmanager
async def pruning(backend: Backend) -> AsyncIterator[None]:
    """Remove keys whose time is over, as long as the server runs."""
    task = asyncio.create_task(_prune_for_ever(backend))
    try:
        yield
    finally:
        await end(task)


async def _prune_for_ever(backend: Backend) -> None:
    interval = backend.settings.module(IdempotencySettings).prune_interval
    while True:
        try:
            gone = await service.prune_all(backend.database)
        except BackstayError as failure:
            # The next round does what this one left.
            _log.warning("idempotency: could not remove old keys: %s", failure.code)
        else:
            if gone:
                _log.info("idempotency: removed %d keys", gone)
        await asyncio.sleep(interval)


async def card(reader: Reader) -> Card:
    """How many requests would have been done twice."""
    replays = await reader.one(queries.REPLAYS)
    return Card(f"{replays:,}", "answered again, not done again")


module = Module(
    name="idempotency",
    summary="A request sent again with its key has one effect and one answer, whatever dies in between.",
    package=__package__,
    tables=tables.metadata,
    controllers=[IdempotencyController],
    permissions=[READ],
    settings=IdempotencySettings,
    declares=[service.PERSONAL],
    prepare=prepare,
    surrounds=Surrounds(make=service.surround, knows=(Replayable,)),
    guarantees=declared_in(f"{__package__}.guarantees"),
    services=[pruning],
    seed=seed,
    card=card,
)
