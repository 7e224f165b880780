"""Passwords: forgotten and changed. Either ends the sessions that the old one opened, and the API keys."""

from __future__ import annotations

from backstay.kernel.actor import ANONYMOUS, Actor
from backstay.kernel.database import Database, UnitOfWork
from backstay.systems.audit import record
from backstay.systems.identity.contracts import MailPurpose, PasswordChange, SignedIn
from backstay.systems.identity.errors import BadCredentials, NoSuchMailToken, NoSuchUser
from backstay.systems.identity.queries import factors, mail_tokens, users
from backstay.systems.identity.queries.users import Person
from backstay.systems.identity.service.mails import SendNotice, SendResetMail, digest_of
from backstay.systems.identity.service.part import Identity
from backstay.systems.identity.service.proving import judge_password, mail_key_of, prove_password
from backstay.systems.identity.service.sessions import Device, end_all, replace_session, require_fresh


async def ask_for_reset(database: Database, mail: str) -> None:
    """Send a link for a new password to this address, if anybody has it.

    Raises:
        TooManyGuesses: too many mails go to this address.
    """
    identity = database.parts.part(Identity)
    key = mail_key_of(mail)
    counted = identity.guesses.mails_to(key)

    async def work(uow: UnitOfWork) -> None:
        await identity.guesses.reserve(uow, [counted])
        await SendResetMail(mail_key=key).enqueue(uow)

    await database.run(ANONYMOUS, work)


async def reset_password(database: Database, token: str, password: str) -> None:
    """Set a new password by a link; every session ends, and its owner is told. It signs nobody in.

    Raises:
        NoSuchMailToken: the link does not work any more.
        WeakPassword: the password is too easy to guess; the link goes on working.
    """
    identity = database.parts.part(Identity)
    digest = digest_of(token)
    found = await database.reader(ANONYMOUS).first(
        mail_tokens.FIND, digest=digest, purpose=MailPurpose.RESET.value
    )
    if found is None:
        raise NoSuchMailToken
    person = await database.reader(ANONYMOUS).one(users.BY_ID, id=found.user_id)
    judge_password(identity, password, person.mail, person.name)
    sealed = await identity.passwords.hash(person.id, password)

    async def work(uow: UnitOfWork) -> None:
        spent = await uow.first(mail_tokens.SPEND, digest=digest, purpose=MailPurpose.RESET.value)
        if spent is None:
            raise NoSuchMailToken
        # The link came by mail, so it shows whose the address is, as a verification does.
        await uow.execute(users.VERIFY, id=person.id, mail_key=spent.mail.casefold())
        await _set_password(uow, person, sealed)
        await end_all(uow, person.id, "reset")

    await database.run(ANONYMOUS, work)


async def _set_password(uow: UnitOfWork, person: Person, sealed: bytes) -> None:
    identity = uow.part(Identity)
    await uow.execute(users.SET_PASSWORD, id=person.id, password=sealed)
    await uow.execute(mail_tokens.KILL, user_id=person.id)
    await identity.guesses.forget(uow, identity.guesses.account(person.mail_key))
    await identity.end_credentials(uow, person.id)
    record(uow, "identity.password_changed", subject=("user", person.id))
    await SendNotice(
        mail=person.mail, name=person.name, what="The password of your account was changed."
    ).enqueue(uow)


async def change_password(
    database: Database, actor: Actor, wanted: PasswordChange, device: Device, client: str | None
) -> SignedIn:
    """Set a new password: every session ends, and the one that asks gets a successor.

    Raises:
        BadCredentials: the present password is not theirs.
        TooManyGuesses: too many wrong passwords; this one was not looked at.
        WeakPassword: the new one is too easy to guess.
        FreshSignInNeeded: there is a second factor, and it was not shown a moment ago.
    """
    identity = database.parts.part(Identity)
    person = await prove_again(database, actor, wanted.current_password, client)
    judge_password(identity, wanted.password, person.mail, person.name)
    sealed = await identity.passwords.hash(person.id, wanted.password)

    async def work(uow: UnitOfWork) -> SignedIn:
        locked = await uow.one(users.LOCK, id=person.id)
        if locked.password != person.password:
            raise BadCredentials  # changed since it was checked
        alone = await uow.one(factors.COUNT, user_id=person.id) == 0
        if not alone:  # the password is half of what they have to show (ASVS 7.5.1)
            await require_fresh(uow)
        await _set_password(uow, person, sealed)
        return await replace_session(uow, actor, device, proven=alone, all_others=True)

    return await database.run(actor, work)


async def prove_again(database: Database, actor: Actor, password: str, client: str | None) -> Person:
    """The person who is signed in, whose password this is.

    Raises:
        NoSuchUser: the account is gone.
        BadCredentials: it is not theirs.
        TooManyGuesses: too many wrong passwords; this one was not looked at.
    """
    person = await database.reader(actor).first(users.BY_ID, id=actor.id)
    if person is None:
        raise NoSuchUser
    return await prove_password(database, person.mail_key, password, client)
