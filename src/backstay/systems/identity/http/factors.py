"""One's own second factors."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from backstay.kernel.actor import Actor
from backstay.kernel.backend import Backend
from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.http import Controller, FromPath, JSONBody, Request, Response, delete, get, post
from backstay.systems.identity.contracts import (
    ENROL,
    SECOND_FACTOR,
    SELF,
    CodeOnItsWay,
    Enrolment,
    EnrolmentDone,
    Factor,
    FactorProof,
    NewFactor,
    NewPhone,
    PhoneChoice,
    PhoneEnrolment,
    RecoveryCodes,
    SecondFactorProof,
    SignedIn,
    Ways,
)
from backstay.systems.identity.errors import (
    FreshSignInNeeded,
    LastFactor,
    NoSuchFactor,
    NoSuchUser,
    NotAnAccount,
    PasswordNeeded,
    SecondFactorNeeded,
    StrongerFactorNeeded,
    TextsUnavailable,
    TooManyGuesses,
    WrongCode,
)
from backstay.systems.identity.http.browsers import answer, device_of
from backstay.systems.identity.service import factors, phones, recovery


class FactorsController(Controller):
    """Authenticator apps, phones and recovery codes."""

    path: ClassVar[str] = "/account"
    name: ClassVar[str] = "factors"

    @get("/factors", permission=ENROL)
    async def list_factors(self, reader: Reader, actor: Actor) -> list[Factor]:
        """List one's second factors."""
        return await factors.list_factors(reader, actor.id)

    @post("/factors/totp", permission=ENROL, problems=[NotAnAccount, NoSuchUser, FreshSignInNeeded])
    async def enrol(self, uow: UnitOfWork, data: JSONBody[NewFactor]) -> Enrolment:
        """Begin with an authenticator app; needs a fresh sign-in."""
        return await factors.enrol(uow, data.name)

    @post(
        "/factors/{factor_id:uuid}/confirm",
        permission=ENROL,
        status=200,
        problems=[NotAnAccount, NoSuchFactor, WrongCode, TooManyGuesses],
    )
    async def confirm(
        self,
        backend: Backend,
        request: Request,
        actor: Actor,
        factor_id: FromPath[UUID],
        data: JSONBody[FactorProof],
    ) -> Response[EnrolmentDone]:
        """Show the first code of the app or the phone. From now on every session has to show a factor."""
        done = await factors.confirm_enrolment(
            backend.database, actor, factor_id, data.code, device_of(request)
        )
        answer(backend, request, done.session)
        return Response(done)

    @post(
        "/factors/sms",
        permission=SELF,
        problems=[
            NotAnAccount,
            NoSuchUser,
            FreshSignInNeeded,
            StrongerFactorNeeded,
            TextsUnavailable,
            TooManyGuesses,
        ],
    )
    async def enrol_phone(
        self, uow: UnitOfWork, request: Request, data: JSONBody[NewPhone]
    ) -> PhoneEnrolment:
        """Begin with a phone, which is sent a code; needs a fresh sign-in, and an app or a passkey."""
        return await phones.begin(uow, data, device_of(request).network)

    @delete(
        "/factors/{factor_id:uuid}",
        permission=SELF,
        problems=[NotAnAccount, NoSuchFactor, FreshSignInNeeded, LastFactor],
    )
    async def remove(self, uow: UnitOfWork, factor_id: FromPath[UUID]) -> None:
        """Remove a second factor; needs a fresh sign-in."""
        await factors.remove(uow, factor_id)

    @post(
        "/recovery-codes",
        permission=SELF,
        problems=[NotAnAccount, SecondFactorNeeded, FreshSignInNeeded],
    )
    async def new_codes(self, backend: Backend, actor: Actor) -> RecoveryCodes:
        """Make new recovery codes in place of the old ones; needs a second factor and a fresh sign-in."""
        return await recovery.new_codes(backend.database, actor)

    @get("/second-factor", permission=SECOND_FACTOR)
    async def ways(self, reader: Reader) -> Ways:
        """See what one may show as a second factor."""
        return await phones.ways(reader)

    @post(
        "/second-factor/sms",
        permission=SECOND_FACTOR,
        status=202,
        problems=[NotAnAccount, NoSuchFactor, TextsUnavailable, TooManyGuesses],
    )
    async def send_code(self, uow: UnitOfWork, request: Request, data: JSONBody[PhoneChoice]) -> CodeOnItsWay:
        """Let a code be sent to one of one's phones; it is good for this session alone."""
        return await phones.ask(uow, data.factor_id, device_of(request).network)

    @post(
        "/second-factor",
        permission=SECOND_FACTOR,
        status=200,
        problems=[NotAnAccount, WrongCode, PasswordNeeded, TooManyGuesses],
    )
    async def show(
        self, backend: Backend, request: Request, actor: Actor, data: JSONBody[SecondFactorProof]
    ) -> Response[SignedIn]:
        """Show a second factor; the session gets a successor that may do what one may do."""
        made = await factors.show(backend.database, actor, data, device_of(request))
        return answer(backend, request, made)
