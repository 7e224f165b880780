"""The mail system's manifest."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from backstay.kernel.backend import Backend
from backstay.kernel.database import Reader
from backstay.kernel.guarantees import declared_in
from backstay.kernel.module import Card, Module
from backstay.kernel.parts import Parts
from backstay.kernel.settings import Settings
from backstay.systems.mail import guarantees, service, tables
from backstay.systems.mail.commands import mail
from backstay.systems.mail.http import (
    OPERATE,
    READ,
    SEND,
    FeedbackController,
    MessagesController,
    SuppressionsController,
    TemplatesController,
    UnsubscribeController,
)
from backstay.systems.mail.jobs import deliver_mail
from backstay.systems.mail.seed import seed
from backstay.systems.mail.service import Mailer, TestMail
from backstay.systems.mail.settings import MailSettings

_log: Final = logging.getLogger("backstay.mail")


def prepare(parts: Parts, modules: Sequence[Module], settings: Settings) -> None:
    """Read the templates and where mails leave; connects to nobody."""
    parts.hold(Mailer(modules, settings))


@asynccontextmanager
async def closing(backend: Backend) -> AsyncIterator[None]:
    """Say good-bye to the providers at the end."""
    mailer = backend.part(Mailer)
    if mailer.providers[0].kind == "console" and backend.settings.app.environment == "production":
        _log.warning("mail: MAIL_URL is not set, so no mail leaves this deployment")
    try:
        yield
    finally:
        await mailer.close()


async def card(reader: Reader) -> Card:
    """How many mails the organization has."""
    return Card(f"{await service.count(reader):,}", "mails kept")


module = Module(
    name="mail",
    summary="Mails in the same commit as your data: templates, failover, one-click unsubscribe, a ledger.",
    package=__package__,
    requires=["jobs"],
    tables=tables.metadata,
    controllers=[
        MessagesController,
        TemplatesController,
        SuppressionsController,
        FeedbackController,
        UnsubscribeController,
    ],
    permissions=[READ, SEND, OPERATE],
    settings=MailSettings,
    declares=[TestMail, deliver_mail],
    prepare=prepare,
    guarantees=declared_in(guarantees),
    services=[closing],
    seed=seed,
    card=card,
    commands=[mail],
)
