"""What operators do from the command line, by address."""

from __future__ import annotations

from backstay.kernel.actor import SYSTEM, Operators
from backstay.kernel.database import Database, ListRequest, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.systems.audit import record
from backstay.systems.identity.contracts import BanOrder, User
from backstay.systems.identity.errors import MailTaken, NoSuchUser
from backstay.systems.identity.queries import users
from backstay.systems.identity.queries.users import Person
from backstay.systems.identity.service import bans
from backstay.systems.identity.service.accounts import insert_user
from backstay.systems.identity.service.part import Identity
from backstay.systems.identity.service.proving import judge_password, mail_key_of, mail_of
from backstay.systems.identity.service.resetting import reset_factors
from backstay.systems.identity.service.sessions import end_everything
from backstay.systems.identity.service.setting_up import own_home


async def create(database: Database, mail: str, name: str, password: str, *, owner: bool = False) -> User:
    """An account whose address counts as verified.

    `owner`: they operate the house, too, and own the organization that accounts begin in.

    Raises:
        MailTaken: somebody has this address.
        WeakPassword: the password is too easy to guess.
    """
    identity = database.parts.part(Identity)
    address = mail_of(mail)
    judge_password(identity, password, address, name)
    user_id = uuid7()
    sealed = await identity.passwords.hash(user_id, password)

    async def work(uow: UnitOfWork) -> User:
        if await uow.first(users.BY_MAIL, mail_key=address.casefold()) is not None:
            raise MailTaken
        await insert_user(uow, user_id, address, name, "", sealed, verified=True)
        record(uow, "identity.account_made", subject=("user", user_id), after={"owner": owner})
        if owner:
            await uow.part(Operators).add(uow, user_id)  # type: ignore[type-abstract]  # a protocol is the key
        return await bans.read_user(uow, user_id)

    made = await database.run(SYSTEM, work)
    if owner:
        await own_home(database, user_id)
    return made


async def newest(database: Database, limit: int) -> list[User]:
    """The newest accounts."""
    page = await bans.list_users(database.reader(SYSTEM), ListRequest(limit=limit))
    return list(page.items)


async def ban(database: Database, mail: str, order: BanOrder) -> User:
    """Ban whoever has this address.

    Raises:
        NoSuchUser: nobody has.
    """

    async def work(uow: UnitOfWork) -> User:
        return await bans.ban(uow, (await _whose(uow, mail)).id, order)

    return await database.run(SYSTEM, work)


async def unban(database: Database, mail: str) -> User:
    """Let whoever has this address in again.

    Raises:
        NoSuchUser: nobody has.
    """

    async def work(uow: UnitOfWork) -> User:
        return await bans.lift_ban(uow, (await _whose(uow, mail)).id)

    return await database.run(SYSTEM, work)


async def sign_out(database: Database, mail: str) -> int:
    """End every session of whoever has this address; how many.

    Raises:
        NoSuchUser: nobody has.
    """

    async def work(uow: UnitOfWork) -> int:
        return await end_everything(uow, (await _whose(uow, mail)).id)

    return await database.run(SYSTEM, work)


async def reset(database: Database, mail: str, reason: str) -> User:
    """Take the second factors of whoever has this address, operators too, and the password with them.

    Raises:
        NoSuchUser: nobody has.
    """

    async def work(uow: UnitOfWork) -> User:
        return await reset_factors(uow, (await _whose(uow, mail)).id, reason, by="Somebody")

    return await database.run(SYSTEM, work)


async def _whose(uow: UnitOfWork, mail: str) -> Person:
    person = await uow.first(users.BY_MAIL, mail_key=mail_key_of(mail))
    if person is None:
        raise NoSuchUser
    return person
