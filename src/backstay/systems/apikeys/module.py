"""The API key system's manifest."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from backstay.kernel.actor import Authenticator, Credentials
from backstay.kernel.backend import Backend
from backstay.kernel.database import Database, Reader
from backstay.kernel.errors import BackstayError
from backstay.kernel.guarantees import declared_in
from backstay.kernel.module import Card, Module
from backstay.kernel.settings import Settings
from backstay.kernel.tasks import end
from backstay.systems.apikeys import queries, service, tables
from backstay.systems.apikeys.http import MANAGE, OWN_KEYS, AllKeysController, KeysController
from backstay.systems.apikeys.seed import seed
from backstay.systems.apikeys.service import IssuedKeys, KeyForm, KeyRing
from backstay.systems.apikeys.settings import ApiKeysSettings

_log: Final = logging.getLogger("backstay.apikeys")


def prepare(database: Database, _modules: Sequence[Module], settings: Settings) -> None:
    """Make the ring of keys; asks the database nothing."""
    form = KeyForm(settings.module(ApiKeysSettings).prefix, settings.app.environment)
    database.parts.hold(KeyRing(database, form))
    database.parts.hold(IssuedKeys(), Credentials)


def authenticator(backend: Backend) -> Authenticator:
    """What knows keys."""
    return backend.part(KeyRing)


@asynccontextmanager
async def noting_use(backend: Backend) -> AsyncIterator[None]:
    """Write down when keys were used, now and then and at the end."""
    task = asyncio.create_task(_note_for_ever(backend))
    try:
        yield
    finally:
        await end(task)
        await _note(backend)


async def _note_for_ever(backend: Backend) -> None:
    interval = backend.settings.module(ApiKeysSettings).flush_interval
    while True:
        await asyncio.sleep(interval)
        await _note(backend)


async def _note(backend: Backend) -> None:
    try:
        await service.write_down_use(backend.database)
    except BackstayError as failure:
        # When a key was used is for people to look at; the next use says it again.
        _log.warning("apikeys: could not write down the last use of keys: %s", failure.code)


async def card(reader: Reader) -> Card:
    """How many keys of the organization work."""
    count = await reader.one(queries.COUNT)
    return Card(f"{count:,}", "API keys that work")


module = Module(
    name="apikeys",
    summary="API keys within their maker's rights: hashed, shown once, rotated, revoked within a second.",
    package=__package__,
    requires=["access", "audit", "idempotency"],
    tables=tables.metadata,
    controllers=[KeysController, AllKeysController],
    permissions=[OWN_KEYS, MANAGE],
    settings=ApiKeysSettings,
    declares=[service.PERSONAL],
    prepare=prepare,
    authenticates=authenticator,
    guarantees=declared_in(f"{__package__}.guarantees"),
    services=[noting_use],
    seed=seed,
    card=card,
)
