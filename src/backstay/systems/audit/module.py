"""The audit system's manifest."""

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
from backstay.kernel.module import Card, Module
from backstay.kernel.settings import Problem, Settings, SettingsError, deployment_keys
from backstay.kernel.tasks import end
from backstay.kernel.trail import Trail
from backstay.systems.audit import queries, service, tables
from backstay.systems.audit.commands import audit
from backstay.systems.audit.http import ERASE, NOTE, READ, AuditController
from backstay.systems.audit.seed import seed
from backstay.systems.audit.service import Auditor
from backstay.systems.audit.service.vault import Vault
from backstay.systems.audit.settings import AuditSettings

_log: Final = logging.getLogger("backstay.audit")


def prepare(database: Database, _modules: Sequence[Module], settings: Settings) -> None:
    """Derive the keys; asks the database nothing.

    Raises:
        SettingsError: `audit.keys_url` names the database of the records.
    """
    keys, url = deployment_keys(settings), settings.module(AuditSettings).keys_url
    if url == settings.database.url:
        words = "names the database of the records: its backups would hold the keys, too"
        raise SettingsError([Problem("audit.keys_url", settings.source("audit.keys_url"), words)])
    vault = Vault(url, keys, database.clock) if url else None
    if vault is not None:
        database.parts.at_close(vault.close)
    auditor = Auditor(keys, vault)
    database.parts.hold(auditor)
    database.parts.hold(auditor, Trail)


@asynccontextmanager
async def keeping(backend: Backend) -> AsyncIterator[None]:
    """Sign new records and prune old ones, as long as the server runs."""
    task = asyncio.create_task(_keep_for_ever(backend))
    try:
        yield
    finally:
        await end(task)


async def _keep_for_ever(backend: Backend) -> None:
    settings = backend.settings.module(AuditSettings)
    while True:
        try:
            await service.sign_all(backend.database, batch=settings.upkeep_batch)
            if settings.retention_days is not None:
                gone = await service.prune_all(backend.database, days=settings.retention_days)
                if gone:
                    _log.info("audit: removed %d records over %d days old", gone, settings.retention_days)
        except BackstayError as failure:
            # The next round does what this one left.
            _log.warning("audit: could not sign or prune: %s", failure.code)
        await asyncio.sleep(settings.checkpoint_interval)


async def card(reader: Reader) -> Card:
    """How many records the organization has."""
    chain = await reader.first(queries.CHAIN)
    count = 0 if chain is None else chain.seq - chain.pruned_seq
    return Card(f"{count:,}", "records")


module = Module(
    name="audit",
    summary="Who did what, in the same commit, in a signed chain that shows every later touch.",
    package=__package__,
    requires=["idempotency"],
    tables=tables.metadata,
    controllers=[AuditController],
    permissions=[READ, NOTE, ERASE],
    settings=AuditSettings,
    prepare=prepare,
    guarantees=declared_in(f"{__package__}.guarantees"),
    services=[keeping],
    seed=seed,
    card=card,
    commands=[audit],
)
