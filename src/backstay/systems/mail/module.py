"""The mail system's manifest."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

from backstay.kernel.backend import Backend
from backstay.kernel.database import Database, Reader
from backstay.kernel.errors import BackstayError
from backstay.kernel.guarantees import declared_in
from backstay.kernel.module import Card, Module
from backstay.kernel.settings import Settings
from backstay.kernel.tasks import end
from backstay.systems.jobs import Jobs
from backstay.systems.mail import service, tables
from backstay.systems.mail.commands import mail
from backstay.systems.mail.http import (
    OPERATE,
    PROVIDERS,
    READ,
    REWORD,
    SEND,
    FeedbackController,
    MessagesController,
    ProvidersController,
    SuppressionsController,
    TemplatesController,
    UnsubscribeController,
)
from backstay.systems.mail.jobs import deliver_mail
from backstay.systems.mail.seed import seed
from backstay.systems.mail.service import Mailer, TestMail
from backstay.systems.mail.settings import MailSettings

_log: Final = logging.getLogger("backstay.mail")
PRUNE_INTERVAL: Final = 3600.0
"""Seconds between two removals of old mails."""
TEND_INTERVAL: Final = 10.0
"""Seconds between two looks at mails whose jobs may be over."""


def prepare(database: Database, modules: Sequence[Module], settings: Settings) -> None:
    """Read the templates and where mails leave; connects to nobody."""
    database.parts.hold(Mailer(modules, settings))


@asynccontextmanager
async def providing(backend: Backend) -> AsyncIterator[None]:
    """Warn where no mail can leave; say good-bye to the providers at the end."""
    mailer = backend.part(Mailer)
    backend.checks.append(mailer.templates.check)
    provider = mailer.providers[0]
    if provider.kind == "console" and backend.settings.app.environment == "production":
        _log.warning("mail: MAIL_URL is not set, so no mail leaves this deployment")
    try:
        yield
    finally:
        await mailer.close()


@asynccontextmanager
async def tending(backend: Backend) -> AsyncIterator[None]:
    """Look after mails whose jobs are over, as long as the process runs."""
    task = asyncio.create_task(_tend_for_ever(backend))
    try:
        yield
    finally:
        await end(task)


async def _tend_for_ever(backend: Backend) -> None:
    after: UUID | None = None
    while True:
        try:
            changed, after = await service.tend(backend.database, backend.part(Jobs), after=after)
        except BackstayError as failure:
            _log.warning("mail: could not look after mails on their way: %s", failure.code)
        else:
            if changed:
                _log.warning("mail: %d mails were left behind by their jobs; their ledgers say why", changed)
        await asyncio.sleep(TEND_INTERVAL)


@asynccontextmanager
async def pruning(backend: Backend) -> AsyncIterator[None]:
    """Remove mails whose days are over, as long as the server runs."""
    task = asyncio.create_task(_prune_for_ever(backend))
    try:
        yield
    finally:
        await end(task)


async def _prune_for_ever(backend: Backend) -> None:
    days = backend.settings.module(MailSettings).retention_days
    while True:
        try:
            gone = await service.prune(backend.database, days=days)
        except BackstayError as failure:
            # The next round does what this one left.
            _log.warning("mail: could not remove old mails: %s", failure.code)
        else:
            if gone:
                _log.info("mail: removed %d mails older than %d days", gone, days)
        await asyncio.sleep(PRUNE_INTERVAL)


async def card(reader: Reader) -> Card:
    """How many mails the organization has."""
    return Card(f"{await service.count(reader):,}", "mails kept")


module = Module(
    name="mail",
    summary="Mails in the same commit as your data: templates, failover, one-click unsubscribe, a ledger.",
    package=__package__,
    requires=["idempotency", "jobs"],
    tables=tables.metadata,
    controllers=[
        MessagesController,
        TemplatesController,
        SuppressionsController,
        FeedbackController,
        ProvidersController,
        UnsubscribeController,
    ],
    permissions=[READ, SEND, OPERATE, REWORD, PROVIDERS],
    settings=MailSettings,
    declares=[TestMail, deliver_mail],
    prepare=prepare,
    guarantees=declared_in(f"{__package__}.guarantees"),
    services=[providing, tending, pruning],
    seed=seed,
    card=card,
    commands=[mail],
)
