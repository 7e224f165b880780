"""Organizations over HTTP: one's own under `/organizations`, the present one under `/organization`."""

from __future__ import annotations

from typing import Any, ClassVar, Final
from uuid import UUID

import msgspec

from backstay.kernel.actor import Actor, Permission
from backstay.kernel.backend import Backend
from backstay.kernel.database import Page, Reader, UnitOfWork
from backstay.kernel.errors import Unauthenticated
from backstay.kernel.http import (
    Controller,
    FromPath,
    IfMatch,
    JSONBody,
    ListQuery,
    delete,
    get,
    patch,
    post,
)
from backstay.systems.access import FieldRules, Lacking, LastOwner, NoSuchRole
from backstay.systems.idempotency import Replayable
from backstay.systems.tenancy import service
from backstay.systems.tenancy.contracts import (
    GuessCount,
    Invitation,
    InvitationToken,
    Invited,
    Member,
    NewInvitation,
    NewOrganization,
    Organization,
)
from backstay.systems.tenancy.errors import (
    InvitationForAnother,
    InvitationVoid,
    NoSuchInvitation,
    NoSuchMember,
    NoSuchOrganization,
    NoSuchSection,
    StaleOrganization,
)
from backstay.systems.tenancy.queries import INVITATIONS, MEMBERS

SELF: Final = Permission(
    "tenancy:self", "See one's organizations, make one, leave the present one", presets=("user",)
)
READ: Final = Permission(
    "tenancy:read", "See the organization, its members and its settings", presets=("user",)
)
INVITE: Final = Permission(
    "tenancy:invite", "Invite people with roles within one's own rights", presets=("manager",), in_person=True
)
MANAGE: Final = Permission("tenancy:manage", "Rename the organization, set it up, let members go")
CLOSE: Final = Permission("tenancy:close", "End the organization", presets=("owner",), in_person=True)


SHOWN: Final = FieldRules(Invitation, {"created_by": MANAGE})
TAKEN: Final = FieldRules(NewInvitation, {"expires_in": MANAGE})


class OrganizationsController(Controller):
    """The organizations that one belongs to."""

    path: ClassVar[str] = "/organizations"

    @get(permission=SELF)
    async def list_organizations(self, reader: Reader) -> list[Organization]:
        """List the organizations that one belongs to, by name."""
        return await service.list_mine(reader)

    @post(permission=SELF)
    async def create(self, backend: Backend, actor: Actor, data: JSONBody[NewOrganization]) -> Organization:
        """Make an organization, and own it."""
        return await service.create(backend.database, actor, data)


class OrganizationController(Controller):
    """The organization that one works in."""

    path: ClassVar[str] = "/organization"

    @get(permission=READ, problems=[NoSuchOrganization])
    async def read(self, reader: Reader) -> Organization:
        """Read the organization."""
        return await service.current(reader)

    @patch(permission=MANAGE, problems=[NoSuchOrganization, StaleOrganization])
    async def rename(
        self, uow: UnitOfWork, expected: IfMatch, data: JSONBody[NewOrganization]
    ) -> Organization:
        """Rename the organization, unless it was changed since you read it."""
        return await service.rename(uow, data.name, version=expected)

    @delete(permission=CLOSE, problems=[NoSuchOrganization, StaleOrganization])
    async def close(self, uow: UnitOfWork, expected: IfMatch) -> None:
        """End the organization: everybody loses their roles in it at once."""
        await service.close(uow, version=expected)

    @post("/leave", permission=SELF, in_person=True, status=204, problems=[NoSuchMember, LastOwner])
    async def leave(self, uow: UnitOfWork, actor: Actor) -> None:
        """Leave the organization; its last owner cannot."""
        await service.remove(uow, actor.id)

    @get("/members", permission=READ, listing=MEMBERS)
    async def list_members(self, reader: Reader, query: ListQuery) -> Page[Member]:
        """List who belongs to the organization."""
        return await service.list_members(reader, query)

    @delete("/members/{user_id:uuid}", permission=MANAGE, problems=[NoSuchMember, Lacking, LastOwner])
    async def remove(self, uow: UnitOfWork, user_id: FromPath[UUID]) -> None:
        """Let a member go, with their roles."""
        await service.remove(uow, user_id)

    @get("/invitations", permission=INVITE, listing=INVITATIONS)
    async def list_invitations(self, reader: Reader, query: ListQuery) -> Page[Invitation]:
        """List the open invitations."""
        page = await service.list_invitations(reader, query)
        shown = [SHOWN.shown(reader.actor, one) for one in page.items]
        return msgspec.structs.replace(page, items=shown)

    @post(
        "/invitations",
        permission=INVITE,
        problems=[NoSuchOrganization, NoSuchRole, Lacking],
        declares=[Replayable()],
    )
    async def invite(self, uow: UnitOfWork, data: JSONBody[NewInvitation]) -> Invitation:
        """Invite an address by mail. An earlier invitation to it stops working."""
        TAKEN.refuse(uow.actor, data)
        return SHOWN.shown(uow.actor, await service.invite(uow, data))

    @delete("/invitations/{invitation_id:uuid}", permission=INVITE, problems=[NoSuchInvitation])
    async def withdraw(self, uow: UnitOfWork, invitation_id: FromPath[UUID]) -> None:
        """Take an invitation back."""
        await service.withdraw(uow, invitation_id)

    @get("/guesses", permission=MANAGE)
    async def read_guesses(self, reader: Reader) -> GuessCount:
        """Read how many wrong passwords and codes were given for members in the present hour."""
        return await service.read_guesses(reader)

    @get("/settings", permission=READ)
    async def list_settings(self, reader: Reader) -> dict[str, Any]:
        """Read the organization's own settings, section by section."""
        return await service.list_settings(reader)

    @patch("/settings/{section:str}", permission=MANAGE, problems=[NoSuchSection])
    async def choose(
        self, uow: UnitOfWork, section: FromPath[str], data: JSONBody[dict[str, Any]]
    ) -> dict[str, Any]:
        """Change some of the organization's settings; null brings a default back."""
        return await service.choose(uow, section, data)


class InvitationsController(Controller):
    """For who was invited."""

    path: ClassVar[str] = "/invitations"

    @post("/look", public=True, status=200, problems=[NoSuchInvitation])
    async def look(self, backend: Backend, data: JSONBody[InvitationToken]) -> Invited:
        """See what an invitation is to. Looking changes nothing."""
        return await service.look(backend.database, data.token)

    @post(
        "/accept",
        public=True,
        in_person=True,
        status=200,
        problems=[Unauthenticated, NoSuchInvitation, InvitationForAnother, InvitationVoid],
    )
    async def accept(
        self, backend: Backend, actor: Actor | None, data: JSONBody[InvitationToken]
    ) -> Organization:
        """Take an invitation: signed in, with the invited address verified. It works once."""
        if actor is None:
            raise Unauthenticated
        return await service.accept(backend.database, actor, data.token)
