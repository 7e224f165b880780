"""Accounts: made, shown, changed.

Nobody learns from an answer or from how long it takes whether an address has an account:
signing up does the same work either way, and only its mail says which of the two it was.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from msgspec import UNSET

from backstay.kernel.actor import ANONYMOUS
from backstay.kernel.database import Database, Reader, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.systems.audit import record
from backstay.systems.identity.contracts import Account, MailPurpose, ProfileChanges, SignUp
from backstay.systems.identity.errors import MailTaken, NoSuchMailToken, NoSuchUser, SignUpClosed
from backstay.systems.identity.queries import mail_tokens, users
from backstay.systems.identity.service.changes import note_change
from backstay.systems.identity.service.mails import SendChangeMail, SendNotice, SendSignUpMail, digest_of
from backstay.systems.identity.service.part import Identity
from backstay.systems.identity.service.proving import judge_password, mail_of
from backstay.systems.identity.service.sessions import require_fresh


async def sign_up(database: Database, wanted: SignUp) -> None:
    """Make an account, unless the address has one; its owner learns by mail which of the two it was.

    Raises:
        SignUpClosed: accounts are made otherwise here.
        WeakPassword: the password is too easy to guess.
        TooManyGuesses: too many mails go to this address.
    """
    identity = database.parts.part(Identity)
    if not identity.settings.sign_up:
        raise SignUpClosed
    mail = mail_of(wanted.mail)
    judge_password(identity, wanted.password, mail, wanted.name)
    counted = identity.guesses.mails_to(mail.casefold())
    await database.run(ANONYMOUS, lambda uow: identity.guesses.reserve(uow, [counted]))
    user_id = uuid7()
    sealed = await identity.passwords.hash(user_id, wanted.password)

    async def work(uow: UnitOfWork) -> None:
        # The same statements, whoever has the address: what is done for one only shows in the time it takes.
        if identity.settings.verified_only:
            # Nobody has used it. Whoever signs up last proves with the link and this password that the
            # address is theirs; somebody who signed up with it before them is out.
            await uow.execute(users.DELETE_UNVERIFIED, mail_key=mail.casefold())
        row = user_row(uow, user_id, mail, wanted.name, wanted.locale, sealed)
        await uow.execute(users.INSERT_UNLESS_TAKEN, **row)
        await SendSignUpMail(mail_key=mail.casefold()).enqueue(uow)

    await database.run(ANONYMOUS, work)


async def insert_user(
    uow: UnitOfWork,
    user_id: UUID,
    mail: str,
    name: str,
    locale: str,
    sealed: bytes | None,
    *,
    verified: bool = False,
) -> None:
    """Write a new account."""
    row = user_row(uow, user_id, mail, name, locale, sealed, verified=verified)
    await uow.execute(users.INSERT, **row)


def user_row(
    uow: UnitOfWork,
    user_id: UUID,
    mail: str,
    name: str,
    locale: str,
    sealed: bytes | None,
    *,
    verified: bool = False,
) -> dict[str, Any]:
    """A new account as its row."""
    return {
        "id": user_id,
        "mail": mail,
        "mail_key": mail.casefold(),
        "name": name.strip(),
        "locale": locale,
        "home_id": uow.part(Identity).home_of(user_id),
        "verified_at": uow.now() if verified else None,
        "password": sealed,
        "password_changed_at": None if sealed is None else uow.now(),
        "epoch": 1,
        "banned_at": None,
        "banned_until": None,
        "ban_reason": "",
        "created_at": uow.now(),
        "updated_at": uow.now(),
    }


async def account(reader: Reader, user_id: UUID) -> Account:
    """One's own account.

    Raises:
        NoSuchUser: it is gone.
    """
    person = await reader.first(users.BY_ID, id=user_id)
    if person is None:
        raise NoSuchUser
    return Account(
        id=person.id,
        mail=person.mail,
        name=person.name,
        locale=person.locale,
        verified_at=person.verified_at,
        has_password=person.password is not None,
        created_at=person.created_at,
        organization_id=reader.organization_id,
        assurance=reader.actor.assurance,
        impersonator_id=reader.actor.impersonator_id,
        permissions=sorted(reader.actor.permissions),
    )


async def change_profile(uow: UnitOfWork, user_id: UUID, changes: ProfileChanges) -> Account:
    """Change name or language."""
    before = await account(uow, user_id)
    await uow.execute(
        users.SET_PROFILE,
        id=user_id,
        name=None if changes.name is UNSET else changes.name.strip(),
        locale=None if changes.locale is UNSET else changes.locale,
    )
    after = await account(uow, user_id)
    record(
        uow,
        "identity.profile_changed",
        subject=("user", user_id),
        before={"name": before.name, "locale": before.locale},
        after={"name": after.name, "locale": after.locale},
        person=user_id,
    )
    await note_change(uow, user_id=user_id)
    return after


async def ask_for_change(uow: UnitOfWork, mail: str) -> None:
    """Send a link to the address that one's account shall have; whether somebody has it is not told.

    Raises:
        FreshSignInNeeded: the session is not of a moment ago.
        TooManyGuesses: too many mails go to this address.
    """
    identity = uow.part(Identity)
    await require_fresh(uow)
    new = mail_of(mail)
    await identity.guesses.reserve(uow, [identity.guesses.mails_to(new.casefold())])
    await SendChangeMail(user_id=uow.actor.id, mail=new).enqueue(uow)
    asked = {"mail": new}
    record(
        uow, "identity.mail_change_asked", subject=("user", uow.actor.id), after=asked, person=uow.actor.id
    )


async def change_mail(uow: UnitOfWork, token: str) -> None:
    """Give an account the address that the link went to; the old address is told, all links die.

    Raises:
        NoSuchMailToken: the link does not work any more.
        MailTaken: somebody got an account with it meanwhile.
    """
    spent = await uow.first(mail_tokens.SPEND, digest=digest_of(token), purpose=MailPurpose.CHANGE.value)
    if spent is None:
        raise NoSuchMailToken
    person = await uow.one(users.LOCK, id=spent.user_id)
    other = await uow.first(users.BY_MAIL, mail_key=spent.mail.casefold())
    if other is not None and other.id != person.id:
        raise MailTaken
    await uow.execute(users.SET_MAIL, id=person.id, mail=spent.mail, mail_key=spent.mail.casefold())
    await uow.execute(mail_tokens.KILL, user_id=person.id)
    record(
        uow,
        "identity.mail_changed",
        subject=("user", person.id),
        before={"mail": person.mail},
        after={"mail": spent.mail},
        person=person.id,
    )
    await SendNotice(
        mail=person.mail,
        name=person.name,
        what=f"Your account has another address now: {spent.mail}. Mails to this one end here.",
    ).enqueue(uow)
    await note_change(uow, user_id=person.id)


async def use_change(database: Database, token: str) -> None:
    """`change_mail` in a unit of its own, for a page."""
    await database.run(ANONYMOUS, lambda uow: change_mail(uow, token))
