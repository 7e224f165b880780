"""Visits to identity providers: begun in a browser, ended in the same one, each once.

What comes back is judged before anything is looked up: the `state` must be of a visit that this browser
began at this provider a few minutes ago, and that visit is over whatever comes of it.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from backstay.kernel.actor import ANONYMOUS, Actor
from backstay.kernel.database import Database, UnitOfWork
from backstay.kernel.errors import BackstayError
from backstay.kernel.telemetry import get_logger
from backstay.systems.identity.contracts import (
    SELF,
    ProviderPurpose,
    SessionKind,
    SignedIn,
)
from backstay.systems.identity.errors import (
    BadProviderAnswer,
    BrowserNeeded,
    MailNotVerified,
    NotAnAccount,
    ProviderRefused,
    ProviderUnavailable,
    VisitOver,
)
from backstay.systems.identity.queries import providers as queries
from backstay.systems.identity.queries import users
from backstay.systems.identity.queries.providers import Visit
from backstay.systems.identity.service import linking
from backstay.systems.identity.service.mails import digest_of
from backstay.systems.identity.service.outgoing import NoAnswer
from backstay.systems.identity.service.part import Identity
from backstay.systems.identity.service.sessions import Device, present_session, replace_session, require_fresh
from backstay.systems.identity.service.vouching import BadAnswer, Provider, Vouched

LIFETIME: Final = timedelta(minutes=10)
"""How long somebody may stay at a provider."""
_log = get_logger("backstay.identity")


class Begun(Struct, frozen=True):
    """A visit that was begun."""

    url: str
    cookie: str
    """What the browser keeps beside the state, and no other browser has."""
    state: str


class Returned(Struct, frozen=True, kw_only=True):
    """What a browser comes back with (RFC 6749, 4.1.2; RFC 9207, 2)."""

    state: str
    cookie: str
    code: str | None
    error: str | None
    issuer: str | None


class Ended(Struct, frozen=True):
    """A visit that came to a good end."""

    return_to: str
    session: SignedIn | None
    """The session that it opened or replaced; None for a link."""
    replaced: bool = False


async def begin(
    database: Database,
    provider_id: str,
    return_to: str,
    *,
    purpose: ProviderPurpose = ProviderPurpose.SIGN_IN,
    actor: Actor = ANONYMOUS,
) -> Begun:
    """Send a browser to a provider.

    Raises:
        NoSuchProvider: there is none of this id.
        ProviderUnavailable: it does not say where it is asked.
        NotAnAccount: no session asks, though one is needed.
        BrowserNeeded: its session proves itself by tokens.
        FreshSignInNeeded: to link, the session must be of a moment ago.
        MailNotVerified: to link, the account's own address must be verified.
    """
    identity = database.parts.part(Identity)
    provider = identity.providers.get(provider_id)
    state, cookie = secrets.token_urlsafe(32), secrets.token_urlsafe(32)

    async def work(uow: UnitOfWork) -> datetime:
        if purpose is not ProviderPurpose.SIGN_IN:
            await _admit(uow, purpose)
        await uow.execute(
            queries.BEGIN,
            digest=digest_of(state),
            provider=provider_id,
            purpose=purpose.value,
            browser=browser_of(cookie),
            user_id=None if purpose is ProviderPurpose.SIGN_IN else actor.id,
            session_id=None if purpose is ProviderPurpose.SIGN_IN else actor.session_id,
            return_to=return_to,
            created_at=uow.now(),
            expires_at=uow.now() + LIFETIME,
        )
        return uow.now()

    began_at = await database.run(actor, work)
    again = purpose is ProviderPurpose.CONFIRM
    question = identity.providers.question(provider_id, state, began_at, again=again)
    try:
        url = await provider.address(question)
    except (NoAnswer, BadAnswer) as failure:
        raise _unavailable(provider_id, failure) from None
    return Begun(url, cookie, state)


async def _admit(uow: UnitOfWork, purpose: ProviderPurpose) -> None:
    standing = await present_session(uow, uow.actor)
    if standing.kind is not SessionKind.COOKIE:
        raise BrowserNeeded
    if purpose is ProviderPurpose.LINK:
        await require_fresh(uow)
        person = await uow.one(users.BY_ID, id=standing.user_id)
        if person.verified_at is None:
            # Else whoever made an account with somebody's address keeps a way in for the day when they come.
            raise MailNotVerified("Verify the address of your account, then link.")


async def end(
    database: Database, provider_id: str, returned: Returned, device: Device, actor: Actor | None
) -> Ended:
    """End a visit: open a session, link, or confirm, as it was begun for.

    Args:
        database: where.
        provider_id: whose address the browser came back to.
        returned: what with.
        device: where from.
        actor: who is signed in in this browser, if somebody is.

    Raises:
        VisitOver: this browser began no such visit, or has come back before, or too late.
        ProviderRefused: the provider did not vouch for anybody.
        ProviderUnavailable: it does not answer.
        BadProviderAnswer: what it says does not hold.
        BackstayError: what `linking` raises.
    """
    identity = database.parts.part(Identity)
    provider = identity.providers.get(provider_id)
    visit = await database.run(ANONYMOUS, lambda uow: spend(uow, provider_id, returned))
    if visit is None:
        raise VisitOver
    vouched = await _asked(identity, provider, visit, returned)
    if visit.purpose is ProviderPurpose.SIGN_IN:
        work = linking.entering(provider.settings, vouched, device)
        return Ended(visit.return_to, _or_raise(await database.run(ANONYMOUS, work)))
    if actor is None or (actor.id, actor.session_id) != (visit.user_id, visit.session_id):
        raise VisitOver
    if not actor.may(SELF):
        raise NotAnAccount
    if visit.purpose is ProviderPurpose.LINK:
        await database.run(actor, linking.adding(provider.settings, vouched))
        return Ended(visit.return_to, None)

    async def confirm(uow: UnitOfWork) -> SignedIn:
        await linking.require_own(uow, vouched)
        # As fresh as can be, but of what was shown now: the gate asks for the second factor once more.
        return await replace_session(uow, actor, device, proof=linking.proof_of(vouched), proven=True)

    return Ended(visit.return_to, await database.run(actor, confirm), replaced=True)


async def spend(uow: UnitOfWork, provider_id: str, returned: Returned) -> Visit | None:
    """Take the visit away that a browser comes back from; None when it began none, or came back before."""
    return await uow.first(
        queries.SPEND,
        digest=digest_of(returned.state),
        provider=provider_id,
        browser=browser_of(returned.cookie),
    )


def browser_of(cookie: str) -> bytes:
    """By what a browser is known again: the hash of the cookie that it got beside the state."""
    return digest_of(cookie)


async def _asked(identity: Identity, provider: Provider, visit: Visit, returned: Returned) -> Vouched:
    provider_id = provider.settings.id
    again = visit.purpose is ProviderPurpose.CONFIRM
    question = identity.providers.question(provider_id, returned.state, visit.created_at, again=again)
    if returned.code is None:
        _log.warning("a provider refused", provider=provider_id, error=(returned.error or "")[:60])
        raise ProviderRefused(f"{provider.settings.title} did not sign you in, or you went back.")
    try:
        return await provider.vouched(question, returned.code, returned.issuer)
    except NoAnswer as failure:
        raise _unavailable(provider_id, failure) from None
    except BadAnswer as failure:
        _log.warning("a provider's answer does not hold", provider=provider_id, why=str(failure))
        raise BadProviderAnswer from None


def _unavailable(provider_id: str, failure: Exception) -> ProviderUnavailable:
    _log.warning("a provider does not answer", provider=provider_id, why=str(failure))
    return ProviderUnavailable()


def _or_raise(outcome: SignedIn | BackstayError) -> SignedIn:
    # Only now: the mail that was enqueued has to be committed although this is refused.
    if isinstance(outcome, BackstayError):
        raise outcome
    return outcome
