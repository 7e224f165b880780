"""One's own account."""

from __future__ import annotations

from typing import ClassVar, Final

from backstay.kernel.actor import Actor
from backstay.kernel.backend import Backend
from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.http import Controller, JSONBody, Request, Response, get, patch, post
from backstay.systems.identity.contracts import (
    ENROL,
    SELF,
    Accepted,
    Account,
    Confirmation,
    MailChange,
    PasswordChange,
    ProfileChanges,
    SignedIn,
)
from backstay.systems.identity.errors import (
    BadCredentials,
    Busy,
    FreshSignInNeeded,
    NoSuchUser,
    NotAnAccount,
    SecondFactorNeeded,
    TooManyGuesses,
    WeakPassword,
    WrongCode,
    WrongPasskey,
)
from backstay.systems.identity.http.browsers import answer, device_of
from backstay.systems.identity.service import accounts, confirming, passwords

_SENT: Final = Accepted("If this address can be used, a mail is on its way to it.")


class AccountController(Controller):
    """What one may do with one's own account."""

    path: ClassVar[str] = "/account"
    name: ClassVar[str] = "account"

    @get(permission=SELF, in_person=False, problems=[NoSuchUser])
    async def read(self, reader: Reader, actor: Actor) -> Account:
        """See one's own account."""
        return await accounts.account(reader, actor.id)

    @patch(permission=SELF, problems=[NoSuchUser])
    async def change(self, uow: UnitOfWork, actor: Actor, data: JSONBody[ProfileChanges]) -> Account:
        """Change one's name or language."""
        return await accounts.change_profile(uow, actor.id, data)

    @post(
        "/password",
        permission=SELF,
        status=200,
        problems=[
            NoSuchUser,
            NotAnAccount,
            BadCredentials,
            TooManyGuesses,
            WeakPassword,
            FreshSignInNeeded,
            Busy,
        ],
    )
    async def change_password(
        self, backend: Backend, request: Request, actor: Actor, data: JSONBody[PasswordChange]
    ) -> Response[SignedIn]:
        """Change one's password. Every session ends; this one gets a successor.

        Where there is a second factor, it needs a fresh sign-in.
        """
        made = await passwords.change_password(
            backend.database, actor, data, device_of(request), request.client
        )
        return answer(backend, request, made)

    @post(
        "/confirm",
        permission=ENROL,
        status=200,
        problems=[
            NoSuchUser,
            NotAnAccount,
            BadCredentials,
            SecondFactorNeeded,
            WrongCode,
            WrongPasskey,
            TooManyGuesses,
            Busy,
        ],
    )
    async def confirm(
        self, backend: Backend, request: Request, actor: Actor, data: JSONBody[Confirmation]
    ) -> Response[SignedIn]:
        """Show once more that it is you, by password and second factor, for what asks for a fresh sign-in."""
        made = await confirming.confirm(backend.database, actor, data, device_of(request), request.client)
        return answer(backend, request, made)

    @post(
        "/mail",
        permission=SELF,
        status=202,
        problems=[NotAnAccount, FreshSignInNeeded, TooManyGuesses],
    )
    async def change_mail(self, uow: UnitOfWork, data: JSONBody[MailChange]) -> Accepted:
        """Ask for a link at the address that the account shall have; needs a fresh sign-in."""
        await accounts.ask_for_change(uow, data.mail)
        return _SENT
