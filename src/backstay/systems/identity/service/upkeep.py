"""What is done now and then: old rows go, keys are followed by new ones."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, UnitOfWork
from backstay.systems.identity.queries import (
    attempts,
    mail_tokens,
    passkeys,
    providers,
    receipts,
    sessions,
    texts,
)
from backstay.systems.identity.service.bans import lift_ended
from backstay.systems.identity.service.part import Identity

_KEPT_SESSIONS: Final = timedelta(days=30)
_KEPT_TEXTS: Final = timedelta(days=1)
_KEPT_EXPORTS: Final = timedelta(days=7)
_KEPT_RECEIPTS: Final = timedelta(days=3 * 365)
_KEPT_CHANGES: Final = timedelta(hours=1)
_KEPT_ATTEMPTS: Final = timedelta(days=30)


async def tidy(database: Database) -> None:
    """Remove what nobody needs any more, lift bans that are over, make the next signing key when due."""
    identity = database.parts.part(Identity)

    async def work(uow: UnitOfWork) -> None:
        await lift_ended(uow)
        await uow.execute(sessions.PRUNE, before=uow.now() - _KEPT_SESSIONS)
        await uow.execute(sessions.PRUNE_CHANGES, before=uow.now() - _KEPT_CHANGES)
        await uow.execute(attempts.PRUNE, before=uow.now() - _KEPT_ATTEMPTS)
        await uow.execute(mail_tokens.PRUNE)
        await uow.execute(passkeys.PRUNE)
        await uow.execute(providers.PRUNE)
        await uow.execute(texts.PRUNE)
        await uow.execute(texts.PRUNE_TEXTS, before=uow.now() - _KEPT_TEXTS)
        await uow.execute(receipts.FORGET_CONTENT, before=uow.now() - _KEPT_EXPORTS)
        await uow.execute(receipts.PRUNE, before=uow.now() - _KEPT_RECEIPTS)
        await identity.keyring.rotate(
            uow, days=identity.settings.key_days, lifetime=identity.settings.access_lifetime
        )

    await database.run(SYSTEM, work)
