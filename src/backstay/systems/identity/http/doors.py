"""Signing up, in and out on pages of other modules: our own steps and refusals behind their forms.

A route that lets somebody in declares `SIGN_IN`, one that lets mails go `ACCOUNT_MAILS`: these are the quotas
of our own routes, so that a second door is no second round of guesses.
"""

from __future__ import annotations

from uuid import UUID

from backstay.kernel.actor import Actor
from backstay.kernel.auth import METHOD_HEADER
from backstay.kernel.backend import Backend
from backstay.kernel.errors import Unauthenticated
from backstay.kernel.http import Request
from backstay.systems.identity.contracts import (
    SECOND_FACTOR,
    CodeOnItsWay,
    PasswordSignIn,
    SecondFactorProof,
    SignedIn,
    SignUp,
    Ways,
)
from backstay.systems.identity.http import limits
from backstay.systems.identity.http.browsers import answer, device_of, enter, refuse_strange_page, set_cookie
from backstay.systems.identity.service import accounts, factors, passwords, phones, sessions, signing_in

SIGN_IN = limits.SIGN_IN
ACCOUNT_MAILS = limits.ACCOUNT_MAILS


async def who(backend: Backend, request: Request) -> Actor | None:
    """Whoever is signed in, also one whose second factor is missing (`pending`); nobody when it is over.

    Raises:
        CrossSiteRequest: the cookie came with a request that another site may have provoked.
    """
    try:
        return await backend.authenticator.authenticate({**request.headers, METHOD_HEADER: request.method})
    except Unauthenticated:
        return None


async def sign_up(backend: Backend, wanted: SignUp) -> None:
    """Make an account, unless the address has one; a mail says which of the two, and nothing else does.

    Raises:
        SignUpClosed, WeakPassword, TooManyGuesses, Busy: as `POST /v1/auth/sign-up`.
    """
    await accounts.sign_up(backend.database, wanted)


async def forgot(backend: Backend, mail: str) -> None:
    """Let a link to a new password go to whoever has this address, if somebody has.

    Raises:
        TooManyGuesses: too many mails go there.
    """
    await passwords.ask_for_reset(backend.database, mail)


async def sign_in(backend: Backend, request: Request, wanted: PasswordSignIn) -> SignedIn:
    """Sign a browser in by its cookie, which goes with the answer.

    Raises:
        CrossSiteRequest: another site may have provoked it.
        BadCredentials, TooManyGuesses, MailNotVerified, Banned, Busy: as `POST /v1/auth/sign-in`.
    """
    refuse_strange_page(backend, request)
    made = await signing_in.sign_in(backend.database, wanted, device_of(request), request.client)
    await enter(backend, request, made)
    return made


async def sign_out(backend: Backend, request: Request) -> None:
    """End the session that asks, on every process within a second, and take its cookie away.

    Raises:
        CrossSiteRequest: another site may have provoked it.
    """
    actor = request.actor = request.record.actor = await who(backend, request)
    if actor is not None and actor.session_id is not None:
        session_id = actor.session_id
        await backend.database.run(actor, lambda uow: sessions.sign_out(uow, actor.id, session_id))
    set_cookie(backend, request, "", 0)


async def ways(backend: Backend, request: Request) -> Ways:
    """What whoever is half signed in may show as a second factor.

    Raises:
        Unauthenticated: nobody is.
    """
    return await phones.ways(backend.database.reader(await _half_in(backend, request)))


async def send_code(backend: Backend, request: Request, phone: UUID) -> CodeOnItsWay:
    """Let a code be sent to one of their phones.

    Raises:
        Unauthenticated: nobody is half signed in.
        NoSuchFactor, TextsUnavailable, TooManyGuesses: as `POST /v1/account/second-factor/sms`.
    """
    actor, network = await _half_in(backend, request), device_of(request).network
    return await backend.database.run(actor, lambda uow: phones.ask(uow, phone, network))


async def show_factor(backend: Backend, request: Request, proof: SecondFactorProof) -> SignedIn:
    """Show a second factor; the cookie of the session that follows goes with the answer.

    Raises:
        Unauthenticated: nobody is half signed in.
        WrongCode, PasswordNeeded, TooManyGuesses: as `POST /v1/account/second-factor`.
    """
    actor = await _half_in(backend, request)
    made = await factors.show(backend.database, actor, proof, device_of(request))
    answer(backend, request, made)
    return made


async def _half_in(backend: Backend, request: Request) -> Actor:
    """Whoever has a second factor yet to show: the guard of our own routes, for those without one.

    Raises:
        Unauthenticated: nobody is.
    """
    actor = await who(backend, request)
    if actor is None or not (actor.pending and actor.may(SECOND_FACTOR)) or actor.impersonator_id is not None:
        raise Unauthenticated("Sign in with your password first.")
    return actor
