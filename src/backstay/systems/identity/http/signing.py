"""Signing up, in and out: for anyone, so nothing here tells who has an account."""

from __future__ import annotations

from typing import ClassVar, Final

from backstay.kernel.actor import ANONYMOUS
from backstay.kernel.backend import Backend
from backstay.kernel.database import UnitOfWork
from backstay.kernel.http import Controller, JSONBody, Request, Response, post
from backstay.systems.identity.contracts import (
    Accepted,
    AddressVerification,
    MailRequest,
    MailToken,
    PasswordReset,
    PasswordSignIn,
    Refresh,
    SessionKind,
    SignedIn,
    SignUp,
)
from backstay.systems.identity.errors import (
    BadCredentials,
    Banned,
    Busy,
    MailNotVerified,
    MailTaken,
    NoSuchMailToken,
    RefreshReused,
    SessionOver,
    SignUpClosed,
    TooManyGuesses,
    WeakPassword,
)
from backstay.systems.identity.http import doors
from backstay.systems.identity.http.browsers import device_of, enter, refuse_strange_page
from backstay.systems.identity.http.limits import ACCOUNT_MAILS, SIGN_IN
from backstay.systems.identity.service import accounts, passwords, refreshing, signing_in
from backstay.systems.identity.service.part import Identity
from backstay.systems.identity.service.refreshing import Reused

_SENT: Final = Accepted("If this address can be used, a mail is on its way to it.")


class SigningController(Controller):
    """What one does to be somebody."""

    path: ClassVar[str] = "/auth"
    name: ClassVar[str] = "auth"

    @post(
        "/sign-up",
        public=True,
        status=202,
        problems=[SignUpClosed, WeakPassword, TooManyGuesses, Busy],
        declares=[ACCOUNT_MAILS],
    )
    async def sign_up(self, backend: Backend, data: JSONBody[SignUp]) -> Accepted:
        """Make an account. Everybody gets this answer; the mail says whether there was one already."""
        await accounts.sign_up(backend.database, data)
        return _SENT

    @post(
        "/verify",
        public=True,
        status=200,
        problems=[NoSuchMailToken, BadCredentials, TooManyGuesses, Banned, Busy],
        declares=[SIGN_IN],
    )
    async def verify(
        self, backend: Backend, request: Request, data: JSONBody[AddressVerification]
    ) -> Response[SignedIn]:
        """Verify an address by the token of its mail and the account's password, and sign in."""
        if data.cookie:
            refuse_strange_page(backend, request)
        kind = SessionKind.COOKIE if data.cookie else SessionKind.TOKENS
        made = await signing_in.verify_mail(
            backend.database, data.token, data.password, kind, device_of(request), request.client
        )
        return await enter(backend, request, made)

    @post(
        "/sign-in",
        public=True,
        status=200,
        problems=[BadCredentials, TooManyGuesses, MailNotVerified, Banned, Busy],
        declares=[SIGN_IN],
    )
    async def sign_in(
        self, backend: Backend, request: Request, data: JSONBody[PasswordSignIn]
    ) -> Response[SignedIn]:
        """Sign in by password: for tokens, or for a cookie."""
        if data.cookie:
            refuse_strange_page(backend, request)
        made = await signing_in.sign_in(backend.database, data, device_of(request), request.client)
        return await enter(backend, request, made)

    @post("/refresh", public=True, status=200, problems=[SessionOver, RefreshReused])
    async def refresh(self, backend: Backend, data: JSONBody[Refresh]) -> SignedIn:
        """Get the next tokens.

        Refreshing twice at once, or again when the answer was lost, is safe: both get the same
        tokens. A refresh token that was replaced ends the session.
        """
        token = backend.part(Identity).tokens.open_refresh(data.refresh_token)
        if token is None:
            raise SessionOver("The refresh token is not valid.")
        outcome = await backend.database.run(ANONYMOUS, lambda uow: refreshing.refresh(uow, token))
        if isinstance(outcome, Reused):
            # Only now: the session's end has to be committed although this is refused.
            raise RefreshReused
        if outcome is None:
            raise SessionOver
        return outcome

    @post("/sign-out", public=True, status=204)
    async def sign_out(self, backend: Backend, request: Request) -> None:
        """End the session that asks, on every process within a second, and take its cookie away."""
        await doors.sign_out(backend, request)

    @post("/forgot", public=True, status=202, problems=[TooManyGuesses], declares=[ACCOUNT_MAILS])
    async def forgot(self, backend: Backend, data: JSONBody[MailRequest]) -> Accepted:
        """Ask for a link to choose a new password. Everybody gets this answer."""
        await passwords.ask_for_reset(backend.database, data.mail)
        return _SENT

    @post("/reset", public=True, problems=[NoSuchMailToken, WeakPassword, Busy])
    async def reset(self, backend: Backend, data: JSONBody[PasswordReset]) -> None:
        """Choose a new password by the token of the mail. Every session ends; sign in afterwards."""
        await passwords.reset_password(backend.database, data.token, data.password)

    @post("/change-mail", public=True, problems=[NoSuchMailToken, MailTaken])
    async def change_mail(self, uow: UnitOfWork, data: JSONBody[MailToken]) -> None:
        """Give an account the address that this token was sent to."""
        await accounts.change_mail(uow, data.token)
