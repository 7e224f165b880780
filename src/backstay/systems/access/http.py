"""Roles over HTTP: one's own standing; the organization's roles, and who has them."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final
from uuid import UUID

from msgspec import Meta

from backstay.kernel.actor import Actor, Permission
from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.http import (
    Controller,
    FromPath,
    FromQuery,
    IfMatch,
    JSONBody,
    Response,
    delete,
    get,
    patch,
    post,
    put,
)
from backstay.systems.access import service
from backstay.systems.access.contracts import (
    Declared,
    Explanation,
    Holders,
    NewRole,
    PermissionName,
    Role,
    RoleChanges,
    RolesHeld,
    Standing,
)
from backstay.systems.access.errors import (
    Lacking,
    LastOwner,
    NoSuchHolder,
    NoSuchRole,
    PresetRole,
    RoleInUse,
    RoleNameTaken,
    StaleRole,
    TooManyRoles,
)
from backstay.systems.access.service import NoSuchPermission, RoleGrants
from backstay.systems.idempotency import Replayable

SELF: Final = Permission(
    "access:self", "See one's own roles, and why something is denied to oneself", presets=("user",)
)
READ: Final = Permission(
    "access:read", "See the organization's roles, who has them, and why", presets=("manager",)
)
MANAGE: Final = Permission("access:manage", "Make roles, and give and take those within one's own rights")

Asked = Annotated[PermissionName, Meta(description="The permission in question.")]


Several = Annotated[
    list[UUID], Meta(min_length=1, max_length=100, description="Whose; given once for each of them.")
]


class AccessController(Controller):
    """What one may do, and why."""

    path: ClassVar[str] = "/access"

    @get("/me", permission=SELF)
    async def me(self, reader: Reader, actor: Actor) -> Standing:
        """See one's own roles and everything that one may do here."""
        return await service.standing(reader, actor.id)

    @get("/me/explain", permission=SELF, problems=[NoSuchPermission])
    async def explain_me(self, reader: Reader, actor: Actor, permission: FromQuery[Asked]) -> Explanation:
        """Say why one may, or may not, do something."""
        return await service.explain(reader, actor.id, permission)

    @get("/explain", permission=READ, problems=[NoSuchPermission])
    async def explain(
        self,
        reader: Reader,
        user_id: FromQuery[Annotated[UUID, Meta(description="Whose right is in question.")]],
        permission: FromQuery[Asked],
    ) -> Explanation:
        """Say why somebody may, or may not, do something."""
        return await service.explain(reader, user_id, permission)

    @get("/holders", permission=READ, problems=[NoSuchPermission])
    async def holders(self, reader: Reader, permission: FromQuery[Asked]) -> Holders:
        """Say who may do something, by their roles."""
        return await service.holders(reader, permission)

    @get("/permissions", permission=READ)
    async def permissions(self, reader: Reader) -> list[Declared]:
        """List every permission there is, and the presets that give it."""
        return reader.part(RoleGrants).catalogue.declared()


class RolesController(Controller):
    """The organization's roles."""

    path: ClassVar[str] = "/access/roles"

    @get(permission=READ)
    async def list_roles(self, reader: Reader) -> list[Role]:
        """List the presets and the organization's own roles; 200 of these at most, so there are no pages."""
        return await service.list_roles(reader)

    @post(permission=MANAGE, problems=[Lacking, RoleNameTaken, TooManyRoles], declares=[Replayable()])
    async def create_role(self, uow: UnitOfWork, data: JSONBody[NewRole]) -> Response[Role]:
        """Make a role; it can give what one has oneself."""
        role = await service.create_role(uow, data)
        return Response(role, headers={"location": f"/v1/access/roles/{role.id}"})

    @get("/{role_id:uuid}", permission=READ, problems=[NoSuchRole])
    async def read_role(self, reader: Reader, role_id: FromPath[UUID]) -> Role:
        """Read a role."""
        return await service.get_role(reader, role_id)

    @patch(
        "/{role_id:uuid}",
        permission=MANAGE,
        problems=[NoSuchRole, PresetRole, StaleRole, Lacking, RoleNameTaken],
    )
    async def change_role(
        self, uow: UnitOfWork, role_id: FromPath[UUID], expected: IfMatch, data: JSONBody[RoleChanges]
    ) -> Role:
        """Change a role, unless it was changed since you read it."""
        return await service.change_role(uow, role_id, data, version=expected)

    @delete("/{role_id:uuid}", permission=MANAGE, problems=[NoSuchRole, PresetRole, StaleRole, RoleInUse])
    async def delete_role(self, uow: UnitOfWork, role_id: FromPath[UUID], expected: IfMatch) -> None:
        """Delete a role that nobody has and no other role contains."""
        await service.delete_role(uow, role_id, version=expected)


class AssignmentsController(Controller):
    """Who has which role."""

    path: ClassVar[str] = "/access/users"

    @get(permission=READ)
    async def list_held(self, reader: Reader, user_id: FromQuery[Several]) -> list[RolesHeld]:
        """See which roles several people have, by name; in the order asked, none for whoever has none."""
        return await service.roles_of_several(reader, user_id)

    @get("/{user_id:uuid}", permission=READ, problems=[NoSuchHolder])
    async def read_standing(self, reader: Reader, user_id: FromPath[UUID]) -> Standing:
        """See somebody's roles and what follows from them."""
        found = await service.standing(reader, user_id)
        if not found.roles:
            raise NoSuchHolder
        return found

    @put("/{user_id:uuid}/roles/{role_id:uuid}", permission=MANAGE, problems=[NoSuchRole, Lacking])
    async def assign(self, uow: UnitOfWork, user_id: FromPath[UUID], role_id: FromPath[UUID]) -> Standing:
        """Give somebody a role whose rights one has oneself."""
        await service.assign(uow, user_id, role_id)
        return await service.standing(uow, user_id)

    @delete(
        "/{user_id:uuid}/roles/{role_id:uuid}", permission=MANAGE, problems=[NoSuchRole, Lacking, LastOwner]
    )
    async def withdraw(self, uow: UnitOfWork, user_id: FromPath[UUID], role_id: FromPath[UUID]) -> None:
        """Take a role from somebody; every process refuses them what it gave within a second."""
        await service.withdraw(uow, user_id, role_id)
