"""Whose account here an account at a provider opens, and one's own links.

Who somebody is there, issuer and subject say. An address brings the two together once: when the provider
says that it is verified, and then the account here is its owner's. If nobody had verified it here, whoever
made it is out, with everything by which they could come back (pre-hijacking).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.errors import BackstayError, Invalid
from backstay.kernel.ids import uuid7
from backstay.systems.audit import record
from backstay.systems.identity.contracts import IdentityLink, SessionKind, SignedIn
from backstay.systems.identity.errors import (
    LinkNeeded,
    LinkTaken,
    MailNotVerified,
    MailUnproven,
    NoSuchLink,
    SignUpClosed,
)
from backstay.systems.identity.queries import factors, mail_tokens, passkeys, users
from backstay.systems.identity.queries import providers as queries
from backstay.systems.identity.queries.users import Person
from backstay.systems.identity.service.accounts import insert_user
from backstay.systems.identity.service.changes import note_change
from backstay.systems.identity.service.mails import SendNotice, SendSignUpMail
from backstay.systems.identity.service.part import Identity
from backstay.systems.identity.service.proving import mail_of, refuse_banned
from backstay.systems.identity.service.sessions import Device, Proof, end_all, open_session, require_fresh
from backstay.systems.identity.service.vouching import Vouched
from backstay.systems.identity.service.ways_in import begin_removal, require_way_in
from backstay.systems.identity.settings import ProviderSettings

FEDERATED: Final = "fed"
"""The method of a session that a provider's word has opened; RFC 8176 has no value for it."""
_NAME_LENGTH: Final = 100


async def list_links(reader: Reader, user_id: UUID) -> list[IdentityLink]:
    """The links of a person, the oldest first."""
    return await reader.all(queries.LIST, user_id=user_id)


def entering(
    provider: ProviderSettings, vouched: Vouched, device: Device
) -> Callable[[UnitOfWork], Awaitable[SignedIn | BackstayError]]:
    """Opens a session for whoever a provider vouches for.

    The unit's outcome is, rather than raises, `MailNotVerified`: its mail must be committed. It raises:

        Banned: their account is banned.
        MailUnproven: no account is linked, and the provider proves no address.
        LinkNeeded: an account has the address, and this provider's word does not open it.
        SignUpClosed: nobody has the address, and accounts are made otherwise here.
    """

    async def work(uow: UnitOfWork) -> SignedIn | BackstayError:
        person = await _linked(uow, vouched) or await _found(uow, provider, vouched)
        if person.verified_at is None and uow.part(Identity).settings.verified_only:
            await SendSignUpMail(mail_key=person.mail_key).enqueue(uow)
            return MailNotVerified("A new link was sent to the address.")
        proven_at = None if vouched.proven_at is None else min(vouched.proven_at, uow.now())
        return await open_session(
            uow, person, kind=SessionKind.COOKIE, device=device, proof=proof_of(vouched), assured_at=proven_at
        )

    return work


def proof_of(vouched: Vouched) -> Proof:
    """What somebody has proven by this: one factor, unless the settings trust the provider for two."""
    return Proof(2, f"{FEDERATED}+mfa") if vouched.second_factor else Proof(1, FEDERATED)


def adding(provider: ProviderSettings, vouched: Vouched) -> Callable[[UnitOfWork], Awaitable[None]]:
    """Links an account at a provider with that of whoever is signed in; nothing where it is already.

    The unit raises:

        LinkTaken: it opens somebody else's.
    """

    async def work(uow: UnitOfWork) -> None:
        person = await uow.one(users.LOCK, id=uow.actor.id)
        found = await _find(uow, vouched)
        if found is not None and found.user_id != person.id:
            raise LinkTaken
        if found is None:
            await _link(uow, person, provider, vouched, how="in the account")

    return work


async def require_own(uow: UnitOfWork, vouched: Vouched) -> None:
    """Let pass whoever a provider vouches for as the person who is signed in.

    Raises:
        LinkTaken: it is somebody else, or nobody known.
    """
    found = await _find(uow, vouched)
    if found is None or found.user_id != uow.actor.id:
        raise LinkTaken("It is not linked with your account.")
    await uow.execute(queries.USE, id=found.id, mail=_usable(vouched.mail) or "")


async def unlink(uow: UnitOfWork, link_id: UUID) -> None:
    """Take a link away.

    Raises:
        NoSuchLink: there is none.
        FreshSignInNeeded: the session is not of a moment ago.
        LastWayIn: nothing else opens the account.
    """
    person = await begin_removal(uow)
    link = await uow.first(queries.REMOVE, user_id=uow.actor.id, id=link_id)
    if person is None or link is None:
        raise NoSuchLink
    await require_fresh(uow)  # or the unit is rolled back
    await require_way_in(uow, person)
    record(
        uow,
        "identity.provider_unlinked",
        subject=("link", link_id),
        before={"provider": link.provider, "issuer": link.issuer},
    )
    await _tell(uow, person, f"{_title(uow, link)} opens your account no more: the link was removed.")


async def _find(uow: UnitOfWork, vouched: Vouched) -> queries.Whose | None:
    return await uow.first(queries.FIND, issuer=vouched.issuer, subject=vouched.subject)


async def _linked(uow: UnitOfWork, vouched: Vouched) -> Person | None:
    found = await _find(uow, vouched)
    if found is None:
        return None
    person = await uow.one(users.LOCK, id=found.user_id)
    refuse_banned(uow, person)
    await uow.execute(queries.USE, id=found.id, mail=_usable(vouched.mail) or "")
    return person


async def _found(uow: UnitOfWork, provider: ProviderSettings, vouched: Vouched) -> Person:
    """The account with the address that the provider vouches for, linked from now on."""
    mail = _usable(vouched.mail)
    if mail is None:
        raise MailUnproven(
            f"Verify your address at {provider.title}; or sign in here another way, and link "
            f"{provider.title} in your account."
        )
    known = await uow.first(users.BY_MAIL, mail_key=mail.casefold())
    if known is None:
        return await _made(uow, provider, vouched, mail)
    person = await uow.one(users.LOCK, id=known.id)
    refuse_banned(uow, person)
    if not provider.link_by_mail:
        raise LinkNeeded(f"Your address has an account here. Sign in to it, and link {provider.title} there.")
    if person.verified_at is not None:
        await _link(uow, person, provider, vouched, how="by its address")
        return person
    await _claim(uow, person, vouched)
    await _link(uow, person, provider, vouched, how="by its address, which nobody had verified")
    return await uow.one(users.BY_ID, id=person.id)


async def _made(uow: UnitOfWork, provider: ProviderSettings, vouched: Vouched, mail: str) -> Person:
    if not uow.part(Identity).settings.sign_up:
        raise SignUpClosed
    user_id = uuid7()
    await insert_user(uow, user_id, mail, _name(vouched), "", None, verified=True)
    person = await uow.one(users.BY_ID, id=user_id)
    await _link(uow, person, provider, vouched, how="by making it")
    return person


async def _claim(uow: UnitOfWork, person: Person, vouched: Vouched) -> None:
    """Put out whoever made an account with an address that they did not show to be theirs."""
    await uow.execute(users.CLAIM, id=person.id, name=_name(vouched))
    await end_all(uow, person.id, "claimed")
    for way_in in (
        factors.REMOVE_ALL,
        factors.REMOVE_CODES,
        passkeys.REMOVE_ALL,
        queries.REMOVE_ALL,
        mail_tokens.KILL,
    ):
        await uow.execute(way_in, user_id=person.id)
    await uow.part(Identity).end_credentials(uow, person.id)
    record(uow, "identity.account_claimed", subject=("user", person.id))
    await _tell(
        uow,
        person,
        "Nobody had shown before that the address of your account is theirs. Now you have, so the password, "
        "sessions, second factors, passkeys and API keys that it had are gone. If they were yours, ask for a "
        "new password and set the rest up again.",
    )


async def _link(
    uow: UnitOfWork, person: Person, provider: ProviderSettings, vouched: Vouched, *, how: str
) -> None:
    link_id = uuid7()
    await uow.execute(
        queries.ADD,
        id=link_id,
        user_id=person.id,
        provider=provider.id,
        issuer=vouched.issuer,
        subject=vouched.subject,
        mail=_usable(vouched.mail) or "",
        created_at=uow.now(),
        used_at=uow.now(),
    )
    record(
        uow,
        "identity.provider_linked",
        subject=("link", link_id),
        after={"user": person.id, "provider": provider.id, "issuer": vouched.issuer, "how": how},
    )
    await _tell(
        uow,
        person,
        f"Your account at {provider.title} opens your account here from now on. If that was not you, remove "
        "the link in your account and choose a new password.",
    )
    await note_change(uow, user_id=person.id)


async def _tell(uow: UnitOfWork, person: Person, what: str) -> None:
    await SendNotice(mail=person.mail, name=person.name, what=what).enqueue(uow)


def _title(reader: Reader, link: IdentityLink) -> str:
    choices = reader.part(Identity).providers.choices()
    return next((one.name for one in choices if one.id == link.provider), link.provider)


def _usable(mail: str) -> str | None:
    """The address as we write it; None where it is none."""
    if "@" not in mail or len(mail) > 254 or not mail.isprintable() or " " in mail:
        return None
    try:
        return mail_of(mail)
    except Invalid:
        return None


def _name(vouched: Vouched) -> str:
    return "".join(letter for letter in vouched.name if letter.isprintable())[:_NAME_LENGTH]
