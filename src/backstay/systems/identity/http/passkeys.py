"""Passkeys: one's own, and signing in with one."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from backstay.kernel.actor import Actor
from backstay.kernel.backend import Backend
from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.http import (
    Controller,
    FromPath,
    JSONBody,
    Request,
    Response,
    delete,
    get,
    patch,
    post,
)
from backstay.systems.identity.contracts import (
    ENROL,
    SECOND_FACTOR,
    SELF,
    NewPasskey,
    Passkey,
    PasskeyAdded,
    PasskeyChanges,
    PasskeyCreation,
    PasskeyProof,
    PasskeyRequest,
    PasskeySignIn,
    SignedIn,
)
from backstay.systems.identity.errors import (
    Banned,
    Busy,
    FreshSignInNeeded,
    LastFactor,
    LastWayIn,
    MailNotVerified,
    NoSuchPasskey,
    NotAnAccount,
    PasskeysUnavailable,
    PasswordNeeded,
    TooManyPasskeys,
    WrongPasskey,
)
from backstay.systems.identity.http.browsers import answer, device_of, enter, refuse_strange_page
from backstay.systems.identity.http.limits import PASSKEY_OPTIONS, SIGN_IN
from backstay.systems.identity.service import passkey_signing, passkeys


class PasskeysController(Controller):
    """One's own passkeys."""

    path: ClassVar[str] = "/account"
    name: ClassVar[str] = "passkeys"

    @get("/passkeys", permission=SELF)
    async def list_passkeys(self, reader: Reader, actor: Actor) -> list[Passkey]:
        """List one's passkeys."""
        return await passkeys.list_passkeys(reader, actor.id)

    @post(
        "/passkeys/options",
        permission=ENROL,
        status=200,
        problems=[NotAnAccount, FreshSignInNeeded, PasskeysUnavailable, TooManyPasskeys],
    )
    async def begin(self, uow: UnitOfWork) -> PasskeyCreation:
        """Get what a browser needs to make a passkey; needs a fresh sign-in."""
        return await passkeys.begin_adding(uow)

    @post(
        "/passkeys",
        permission=ENROL,
        problems=[NotAnAccount, WrongPasskey, PasskeysUnavailable, TooManyPasskeys, Busy],
    )
    async def add(
        self, backend: Backend, request: Request, actor: Actor, data: JSONBody[NewPasskey]
    ) -> Response[PasskeyAdded]:
        """Add the passkey that was made. From now on every session has to show a second factor."""
        added = await passkeys.finish_adding(backend.database, actor, data, device_of(request))
        answer(backend, request, added.session)
        return Response(added)

    @patch("/passkeys/{passkey_id:uuid}", permission=SELF, problems=[NoSuchPasskey])
    async def rename(
        self, uow: UnitOfWork, passkey_id: FromPath[UUID], data: JSONBody[PasskeyChanges]
    ) -> Passkey:
        """Call a passkey something else."""
        return await passkeys.rename(uow, passkey_id, data.name)

    @delete(
        "/passkeys/{passkey_id:uuid}",
        permission=SELF,
        problems=[NotAnAccount, NoSuchPasskey, FreshSignInNeeded, LastFactor, LastWayIn],
    )
    async def remove(self, uow: UnitOfWork, passkey_id: FromPath[UUID]) -> None:
        """Remove a passkey; needs a fresh sign-in. The last way into the account stays."""
        await passkeys.remove(uow, passkey_id)

    @post(
        "/second-factor/passkey/options",
        permission=SECOND_FACTOR,
        status=200,
        problems=[NotAnAccount, PasskeysUnavailable],
    )
    async def begin_showing(self, uow: UnitOfWork) -> PasskeyRequest:
        """Get what a browser needs to show one of one's passkeys."""
        return await passkeys.begin_showing(uow)

    @post(
        "/second-factor/passkey",
        permission=SECOND_FACTOR,
        status=200,
        problems=[NotAnAccount, WrongPasskey, PasswordNeeded],
    )
    async def show(
        self, backend: Backend, request: Request, actor: Actor, data: JSONBody[PasskeyProof]
    ) -> Response[SignedIn]:
        """Show a passkey as a second factor; the session gets a successor that may do what one may do."""
        made = await passkey_signing.show(backend.database, actor, data.credential, device_of(request))
        return answer(backend, request, made)


class PasskeySigningController(Controller):
    """Signing in with a passkey."""

    path: ClassVar[str] = "/auth"
    name: ClassVar[str] = "passkey_signing"

    @post(
        "/passkey/options",
        public=True,
        status=200,
        problems=[PasskeysUnavailable],
        declares=[PASSKEY_OPTIONS],
    )
    async def begin(self, uow: UnitOfWork) -> PasskeyRequest:
        """Get what a browser needs to offer its passkeys; tells nothing of who has any."""
        return await passkeys.begin_signing_in(uow)

    @post(
        "/passkey",
        public=True,
        status=200,
        problems=[WrongPasskey, MailNotVerified, Banned],
        declares=[SIGN_IN],
    )
    async def sign_in(
        self, backend: Backend, request: Request, data: JSONBody[PasskeySignIn]
    ) -> Response[SignedIn]:
        """Sign in with a passkey, without a name: for tokens, or for a cookie."""
        if data.cookie:
            refuse_strange_page(backend, request)
        made = await passkey_signing.sign_in(backend.database, data, device_of(request))
        return await enter(backend, request, made)
