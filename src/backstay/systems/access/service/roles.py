"""Roles of an organization: presets and its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from msgspec import UNSET

from backstay.kernel.actor import EVERYTHING
from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.errors import FieldError, Invalid
from backstay.kernel.ids import uuid7
from backstay.systems.access import queries
from backstay.systems.access.contracts import ROLES_PER_ORGANIZATION, NewRole, Role, RoleChanges
from backstay.systems.access.errors import (
    Lacking,
    NoSuchRole,
    PresetRole,
    RoleInUse,
    RoleNameTaken,
    StaleRole,
    TooManyRoles,
)
from backstay.systems.access.service.evaluating import RoleGrants, held
from backstay.systems.access.service.presets import OWNER, PRESETS, Catalogue, preset_id
from backstay.systems.audit import record


async def touch(uow: UnitOfWork) -> None:
    """Hold the organization's roles until the commit, and let every cache look again after it."""
    await uow.execute(queries.TOUCH)
    grants, organization = uow.part(RoleGrants), uow.organization_id
    uow.after_commit(lambda: grants.forget(organization))


async def refuse_lacking(reader: Reader, permissions: Iterable[str]) -> None:
    """Refuse to pass on, or to take away, what the actor lacks.

    Raises:
        Lacking: names what it is.
    """
    has = await held(reader)
    lacking = () if EVERYTHING in has else set(permissions) - has
    if lacking:
        raise Lacking(lacking)


async def list_roles(reader: Reader) -> list[Role]:
    """The presets, from the highest to the lowest, and the organization's own by name."""
    catalogue = _catalogue(reader)
    rows = await reader.all(queries.ROLES)
    parts: dict[UUID, list[UUID]] = defaultdict(list)
    for edge in await reader.all(queries.PARTS):
        parts[edge.role_id].append(edge.value)
    given: dict[UUID, list[str]] = defaultdict(list)
    for one in await reader.all(queries.GIVEN):
        given[one.role_id].append(one.permission)
    own = [
        Role(
            row.id,
            row.name,
            row.description,
            False,
            given[row.id],
            parts[row.id],
            sorted(catalogue.resolve(_walk(row.id, parts, given))),
            row.version,
        )
        for row in rows
    ]
    return [*catalogue.roles(), *own]


async def get_role(reader: Reader, role_id: UUID) -> Role:
    """A role, preset or own.

    Raises:
        NoSuchRole: the organization has none of this id.
    """
    for role in await list_roles(reader):
        if role.id == role_id:
            return role
    raise NoSuchRole


async def effective(reader: Reader, role_ids: Iterable[UUID]) -> frozenset[str]:
    """What roles give together."""
    catalogue = _catalogue(reader)
    ids = set(role_ids)
    presets = frozenset[str]().union(*(catalogue.given.get(id_, frozenset()) for id_ in ids))
    rows = await reader.all(queries.OF_ROLES, ids=sorted(ids))
    return presets | catalogue.resolve((row.role_id, row.permission) for row in rows)


async def create_role(uow: UnitOfWork, new: NewRole) -> Role:
    """Make a role of the organization's own.

    Raises:
        Invalid: it names a permission or a role that does not exist.
        Lacking: it would give what the actor lacks.
        RoleNameTaken: there is a role of this name.
        TooManyRoles: the organization is full.
    """
    await touch(uow)
    name, key = await _named(uow, new.name, None)
    if await uow.one(queries.COUNT_ROLES) >= ROLES_PER_ORGANIZATION:
        raise TooManyRoles
    permissions, parts = sorted(set(new.permissions)), sorted(set(new.parts))
    await _check(uow, permissions, parts)
    await refuse_lacking(uow, set(permissions) | await effective(uow, parts))
    id_ = uuid7()
    await uow.execute(queries.INSERT_ROLE, id=id_, name=name, key=key, description=new.description)
    await _write(uow, id_, permissions, parts)
    role = await get_role(uow, id_)
    record(uow, "access.role_created", subject=("role", id_), after=role)
    return role


async def change_role(uow: UnitOfWork, role_id: UUID, changes: RoleChanges, *, version: int) -> Role:
    """Change a role of the organization's own. The actor must have whatever it gives more, or less, for it.

    Raises:
        NoSuchRole, PresetRole, StaleRole: there is nothing to change, or it has changed.
        Invalid: it names what does not exist, or would contain itself.
        Lacking: the change gives or takes what the actor lacks.
    """
    await touch(uow)
    role = await _own(uow, role_id, version)
    name, key = await _named(uow, role.name if changes.name is UNSET else changes.name, role_id)
    description = role.description if changes.description is UNSET else changes.description
    permissions = role.permissions if changes.permissions is UNSET else sorted(set(changes.permissions))
    parts = role.parts if changes.parts is UNSET else sorted(set(changes.parts))
    # What no module declares any more stays on the role, gives nothing, and is no fault of this change.
    await _check(uow, sorted(set(permissions) - set(role.permissions)), parts)
    await _refuse_ring(uow, role_id, parts)
    after = (set(permissions) & _catalogue(uow).ordinary) | await effective(uow, parts)
    await refuse_lacking(uow, after ^ set(role.effective))
    await uow.execute(
        queries.CHANGE_ROLE, id=role_id, version=version, name=name, key=key, description=description
    )
    await uow.execute(queries.CLEAR_PERMISSIONS, role_id=role_id)
    await uow.execute(queries.CLEAR_PARTS, role_id=role_id)
    await _write(uow, role_id, permissions, parts)
    changed = await get_role(uow, role_id)
    record(uow, "access.role_changed", subject=("role", role_id), before=role, after=changed)
    return changed


async def delete_role(uow: UnitOfWork, role_id: UUID, *, version: int) -> None:
    """Delete a role that nobody has and no other role contains.

    Raises:
        NoSuchRole, PresetRole, StaleRole: there is nothing to delete, or it has changed.
        RoleInUse: it is still in use; says by how many.
    """
    await touch(uow)
    role = await _own(uow, role_id, version)
    users = await uow.one(queries.USERS_OF_ROLE, role_id=role_id)
    containing = await uow.one(queries.ROLES_WITH_PART, role_id=role_id)
    if users or containing:
        raise RoleInUse(users=users, roles=containing)
    await uow.execute(queries.DELETE_ROLE, id=role_id, version=version)
    record(uow, "access.role_deleted", subject=("role", role_id), before=role)


async def _own(uow: UnitOfWork, role_id: UUID, version: int) -> Role:
    role = await get_role(uow, role_id)
    if role.preset:
        raise PresetRole
    if role.version != version:
        raise StaleRole(version=role.version)
    return role


async def _named(uow: UnitOfWork, name: str, role_id: UUID | None) -> tuple[str, str]:
    name = " ".join(name.split())
    key = name.casefold()
    others = {row.name.casefold() for row in await uow.all(queries.ROLES) if row.id != role_id}
    if key in others | {preset.title.casefold() for preset in PRESETS.values()}:
        raise RoleNameTaken
    return name, key


async def _check(uow: UnitOfWork, permissions: Sequence[str], parts: Sequence[UUID]) -> None:
    catalogue = _catalogue(uow)
    known = {preset_id(name) for name in PRESETS} | {row.id for row in await uow.all(queries.ROLES)}
    errors = [
        FieldError(
            pointer=f"/permissions/{n}",
            code="unknown",
            message="reaches beyond the organization"
            if name in catalogue.of_the_house
            else "no module declares this permission",
        )
        for n, name in enumerate(permissions)
        if name not in catalogue.ordinary
    ]
    errors += [
        FieldError(pointer=f"/parts/{n}", code="unknown", message="there is no such role")
        for n, part in enumerate(parts)
        if part not in known
    ]
    if OWNER in parts:
        # An owner is one by name, so that the database can tell who the last one is.
        message = "no role contains the owner's"
        errors.append(FieldError(pointer=f"/parts/{parts.index(OWNER)}", code="owner", message=message))
    if errors:
        raise Invalid(*errors)


async def _refuse_ring(uow: UnitOfWork, role_id: UUID, parts: Sequence[UUID]) -> None:
    errors = []
    for n, part in enumerate(parts):
        reached = {row.role_id for row in await uow.all(queries.OF_ROLES, ids=[part])}
        if role_id in reached:
            message = "the role would contain itself"
            errors.append(FieldError(pointer=f"/parts/{n}", code="ring", message=message))
    if errors:
        raise Invalid(*errors)


async def _write(uow: UnitOfWork, role_id: UUID, permissions: Iterable[str], parts: Iterable[UUID]) -> None:
    rows = [{"role_id": role_id, "permission": permission} for permission in permissions]
    await uow.execute_many(queries.ADD_PERMISSION, rows)
    await uow.execute_many(queries.ADD_PART, [{"role_id": role_id, "part_id": part} for part in parts])


def _walk(
    role_id: UUID, parts: dict[UUID, list[UUID]], given: dict[UUID, list[str]]
) -> Iterable[tuple[UUID, str | None]]:
    seen, ahead = {role_id}, [role_id]
    while ahead:
        here = ahead.pop()
        yield here, None
        yield from ((here, permission) for permission in given.get(here, ()))
        further = [part for part in parts.get(here, ()) if part not in seen]
        seen |= set(further)
        ahead += further


def _catalogue(reader: Reader) -> Catalogue:
    return reader.part(RoleGrants).catalogue
