"""The first owner: whoever starts the server gets a link that works once, and chooses their own password.

There is no account before, so there is no default password to forget to change.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from msgspec import structs

from backstay.kernel.actor import SYSTEM, Operators
from backstay.kernel.auth import demo_token
from backstay.kernel.database import Database, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.kernel.module import Greeting
from backstay.kernel.settings import Settings
from backstay.systems.audit import record
from backstay.systems.identity.contracts import SessionKind, SetupOrder, SignedIn
from backstay.systems.identity.errors import MailTaken, NoSuchSetup
from backstay.systems.identity.queries import setups as queries
from backstay.systems.identity.queries import users
from backstay.systems.identity.service.accounts import insert_user
from backstay.systems.identity.service.mails import digest_of
from backstay.systems.identity.service.part import Identity
from backstay.systems.identity.service.proving import judge_password, mail_of
from backstay.systems.identity.service.sessions import Device, open_session

LIFETIME: Final = timedelta(hours=24)


async def greet(database: Database, settings: Settings) -> Sequence[Greeting]:
    """The way in, where nobody operates the house yet and there is no demo principal to do it.

    Every start makes a new link; the one before stops working.
    """
    operators = _operators(database)
    if operators is None or demo_token(settings) is not None or await operators.exist():
        return ()
    token = f"bso_{secrets.token_urlsafe(32)}"
    expires = database.clock.now() + LIFETIME
    await database.run(
        SYSTEM, lambda uow: uow.execute(queries.PUT, digest=digest_of(token), expires_at=expires)
    )
    return (Greeting("Owner", f"/setup/{token}"),)


async def set_up(database: Database, order: SetupOrder, device: Device) -> SignedIn:
    """Make the first owner by the link, or by the settings' code; they are signed in.

    Raises:
        NoSuchSetup: the link does not work any more, or somebody operates the house.
        MailTaken: an account has this address.
        WeakPassword: the password is too easy to guess; the link goes on working.
    """
    identity = database.parts.part(Identity)
    operators = _operators(database)
    coded = _is_code(identity, order.token)
    digest = digest_of(order.token)
    known = coded or await database.reader(SYSTEM).first(queries.FIND, digest=digest) is not None
    if operators is None or not known:
        raise NoSuchSetup
    address = mail_of(order.mail)
    judge_password(identity, order.password, address, order.name)
    user_id = uuid7()
    sealed = await identity.passwords.hash(user_id, order.password)
    kind = SessionKind.COOKIE if order.cookie else SessionKind.TOKENS

    async def work(uow: UnitOfWork) -> SignedIn:
        if not await operators.add(uow, user_id, first=True):
            raise NoSuchSetup
        if not coded and await uow.first(queries.SPEND, digest=digest) is None:
            raise NoSuchSetup
        await uow.execute(queries.FORGET)
        if await uow.first(users.BY_MAIL, mail_key=address.casefold()) is not None:
            raise MailTaken
        await insert_user(uow, user_id, address, order.name, "", sealed, verified=True)
        record(uow, "identity.owner_made", subject=("user", user_id))
        return await open_session(uow, await uow.one(users.BY_ID, id=user_id), kind=kind, device=device)

    made = await database.run(SYSTEM, work)
    await own_home(database, user_id)
    return made


async def own_home(database: Database, user_id: UUID) -> None:
    """Let somebody own the organization that accounts begin in, where it is not a place of their own."""
    home = database.parts.part(Identity).home_of(user_id)
    operators = _operators(database)
    if home != user_id and operators is not None:
        there = structs.replace(SYSTEM, organization_id=home)
        await database.run(there, lambda uow: operators.own(uow, user_id))


def _operators(database: Database) -> Operators | None:
    try:
        return database.parts.part(Operators)  # type: ignore[type-abstract]  # a protocol is the key it is held by
    except LookupError:
        return None


def _is_code(identity: Identity, token: str) -> bool:
    code = identity.settings.setup_code
    return code is not None and hmac.compare_digest(digest_of(code.reveal()), digest_of(token))
