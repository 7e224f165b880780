"""One's own devices."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from backstay.kernel.actor import Actor
from backstay.kernel.backend import Backend
from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.http import Controller, FromPath, JSONBody, Request, Response, delete, get, post
from backstay.systems.identity.contracts import (
    SELF,
    EndedSessions,
    OrganizationChoice,
    SignedIn,
    UserSession,
)
from backstay.systems.identity.errors import (
    FreshSignInNeeded,
    NoSuchMembership,
    NoSuchSession,
    NotAnAccount,
    SessionOver,
)
from backstay.systems.identity.http.browsers import answer
from backstay.systems.identity.service import devices, sessions, switching


class SessionsController(Controller):
    """Where one is signed in."""

    path: ClassVar[str] = "/account/sessions"
    name: ClassVar[str] = "sessions"

    @get(permission=SELF)
    async def list_sessions(self, reader: Reader, actor: Actor) -> list[UserSession]:
        """List the devices on which one is signed in, the newest first."""
        return await devices.list_sessions(reader, actor.id, actor.session_id)

    @delete(
        "/{session_id:uuid}",
        permission=SELF,
        problems=[NotAnAccount, SessionOver, NoSuchSession, FreshSignInNeeded],
    )
    async def end(self, uow: UnitOfWork, actor: Actor, session_id: FromPath[UUID]) -> None:
        """Sign one device out, on every process within a second; any but this one needs a fresh sign-in."""
        await sessions.end_session(uow, actor.id, session_id)
        if session_id != actor.session_id:
            await sessions.require_fresh(uow)  # or the unit is rolled back

    @post("/switch", permission=SELF, status=200, problems=[NotAnAccount, SessionOver, NoSuchMembership])
    async def switch(
        self, backend: Backend, request: Request, actor: Actor, data: JSONBody[OrganizationChoice]
    ) -> Response[SignedIn]:
        """Work in another organization: this session ends, and its successor has a new id."""
        made = await backend.database.run(
            actor, lambda uow: switching.switch_organization(uow, data.organization_id)
        )
        return answer(backend, request, made)

    @post(
        "/end-others",
        permission=SELF,
        status=200,
        problems=[NotAnAccount, SessionOver, FreshSignInNeeded],
    )
    async def end_others(self, uow: UnitOfWork, actor: Actor) -> EndedSessions:
        """Sign every other device out; needs a fresh sign-in."""
        await sessions.require_fresh(uow)
        if actor.session_id is None:
            raise NotAnAccount
        return EndedSessions(await sessions.end_others(uow, actor.id, actor.session_id))

    @post("/end-all", permission=SELF, status=200, problems=[NotAnAccount, SessionOver, FreshSignInNeeded])
    async def end_all(self, uow: UnitOfWork, actor: Actor) -> EndedSessions:
        """Sign every device out, this one too; needs a fresh sign-in."""
        await sessions.require_fresh(uow)
        return EndedSessions(await sessions.end_everything(uow, actor.id))
