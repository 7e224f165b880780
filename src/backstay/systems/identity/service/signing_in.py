"""Signing in: by password, and by the link of a sign-up together with its password."""

from __future__ import annotations

from backstay.kernel.actor import ANONYMOUS
from backstay.kernel.database import Database, UnitOfWork
from backstay.systems.identity.contracts import MailPurpose, PasswordSignIn, SessionKind, SignedIn
from backstay.systems.identity.errors import BadCredentials, MailNotVerified, NoSuchMailToken
from backstay.systems.identity.queries import mail_tokens, users
from backstay.systems.identity.service.mails import SendSignUpMail, digest_of
from backstay.systems.identity.service.part import Identity
from backstay.systems.identity.service.proving import mail_key_of, prove_password, refuse_banned
from backstay.systems.identity.service.sessions import Device, open_session


async def sign_in(database: Database, wanted: PasswordSignIn, device: Device, client: str | None) -> SignedIn:
    """A session for whoever has this address and password.

    Raises:
        BadCredentials: nobody does.
        TooManyGuesses: too many wrong passwords; this one was not looked at.
        MailNotVerified: the password is right and the address not yet verified.
        Banned: the password is right and its owner banned.
        Busy: too many passwords are being checked.
    """
    person = await prove_password(database, mail_key_of(wanted.mail), wanted.password, client)
    kind = SessionKind.COOKIE if wanted.cookie else SessionKind.TOKENS

    async def work(uow: UnitOfWork) -> SignedIn | None:
        locked = await uow.first(users.LOCK, id=person.id)
        if locked is None or locked.password != person.password:
            raise BadCredentials  # changed since it was checked
        refuse_banned(uow, locked)
        if locked.verified_at is None and uow.part(Identity).settings.verified_only:
            await SendSignUpMail(mail_key=locked.mail_key).enqueue(uow)
            return None
        return await open_session(uow, locked, kind=kind, device=device)

    signed_in = await database.run(ANONYMOUS, work)
    if signed_in is None:  # after the commit, which sends the mail
        raise MailNotVerified("A new link was sent to the address.")
    return signed_in


async def verify_mail(
    database: Database, token: str, password: str, kind: SessionKind, device: Device, client: str | None
) -> SignedIn:
    """Show that an address is theirs who knows the account's password, and sign them in.

    The link alone is not enough: the account may have been made by somebody else, with a
    password of theirs, in the hope that the owner of the address follows the link.

    Raises:
        NoSuchMailToken: the link does not work any more.
        BadCredentials: the password is not the account's; the link goes on working.
        TooManyGuesses: too many wrong passwords.
    """
    found = await database.reader(ANONYMOUS).first(
        mail_tokens.FIND, digest=digest_of(token), purpose=MailPurpose.VERIFY.value
    )
    if found is None:
        raise NoSuchMailToken
    person = await prove_password(database, found.mail.casefold(), password, client)

    async def work(uow: UnitOfWork) -> SignedIn:
        spent = await uow.first(mail_tokens.SPEND, digest=digest_of(token), purpose=MailPurpose.VERIFY.value)
        locked = await uow.first(users.LOCK, id=person.id)
        if spent is None or locked is None or spent.user_id != person.id:
            raise NoSuchMailToken
        refuse_banned(uow, locked)
        await uow.execute(users.VERIFY, id=person.id, mail_key=spent.mail.casefold())
        return await open_session(uow, locked, kind=kind, device=device)

    return await database.run(ANONYMOUS, work)
