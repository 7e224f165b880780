"""The notes product's manifest."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from backstay.kernel.backend import Backend
from backstay.kernel.database import Reader
from backstay.kernel.errors import BackstayError
from backstay.kernel.guarantees import declared_in
from backstay.kernel.module import Card, Module
from backstay.kernel.tasks import end
from backstay.products.notes import service, tables
from backstay.products.notes.http import (
    READ,
    SHARE,
    WRITE,
    NotesController,
    SharedNotesController,
    TagsController,
)
from backstay.products.notes.seed import seed
from backstay.products.notes.settings import NotesSettings

_log: Final = logging.getLogger("backstay.notes")


@asynccontextmanager
async def purging(backend: Backend) -> AsyncIterator[None]:
    """Remove notes whose days are over, as long as the server runs."""
    task = asyncio.create_task(_purge_for_ever(backend))
    try:
        yield
    finally:
        await end(task)


async def _purge_for_ever(backend: Backend) -> None:
    settings = backend.settings.module(NotesSettings)
    window = timedelta(days=settings.undelete_days)
    while True:
        try:
            gone = await service.purge_all(backend.database, window=window, batch=settings.purge_batch)
        except BackstayError as failure:
            # The next round does what this one left.
            _log.warning("notes: could not remove deleted notes: %s", failure.code)
        else:
            if gone:
                _log.info("notes: removed %d notes deleted over %d days ago", gone, settings.undelete_days)
        await asyncio.sleep(settings.purge_interval)


async def card(reader: Reader) -> Card:
    """How many living notes the organization has."""
    return Card(f"{await service.count(reader):,}", "notes")


module = Module(
    name="notes",
    summary="Personal Markdown notes with tags, full-text search, share links and undelete.",
    package=__package__,
    requires=["idempotency"],
    tables=tables.metadata,
    controllers=[NotesController, TagsController, SharedNotesController],
    permissions=[READ, WRITE, SHARE],
    settings=NotesSettings,
    declares=[service.PERSONAL],
    guarantees=declared_in(f"{__package__}.guarantees"),
    services=[purging],
    seed=seed,
    card=card,
)
