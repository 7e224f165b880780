"""Why somebody may or may not do something, and who may: answered from the statements that decide it."""

from __future__ import annotations

from collections import deque
from uuid import UUID

from backstay.kernel.actor import EVERYTHING
from backstay.kernel.database import Reader
from backstay.kernel.errors import NotFound
from backstay.systems.access import queries
from backstay.systems.access.contracts import Explanation, Holders, Role
from backstay.systems.access.service.assigning import roles_of
from backstay.systems.access.service.evaluating import RoleGrants
from backstay.systems.access.service.roles import list_roles


class NoSuchPermission(NotFound):
    """No composed module declares it."""

    code = "no_such_permission"
    title = "There is no such permission"


async def explain(reader: Reader, user_id: UUID, permission: str) -> Explanation:
    """Why somebody may or may not do something in the reader's organization.

    Raises:
        NoSuchPermission: no composed module declares it.
    """
    grants = reader.part(RoleGrants)
    if permission not in grants.catalogue.permissions:
        raise NoSuchPermission(f"No composed module declares {permission!r}.")
    may = await grants.fresh(reader, user_id)
    roles = {role.id: role for role in await list_roles(reader)}
    assigned = [roles[one.role_id] for one in await roles_of(reader, user_id) if one.role_id in roles]
    paths = [path for role in assigned if (path := _path(role, permission, roles))]
    given_by = [role.name for role in roles.values() if permission in role.effective]
    allowed = permission in may or EVERYTHING in may
    fields = grants.catalogue.fields.get(permission, [])
    return Explanation(
        user_id=user_id,
        permission=permission,
        allowed=allowed,
        reason=_reason(
            allowed=allowed,
            house=grants.catalogue.permissions[permission].house,
            path=paths[0] if paths else None,
            assigned=[role.name for role in assigned],
            given_by=given_by,
        )
        + (f" It guards the fields {', '.join(fields)} too." if fields else ""),
        paths=paths,
        roles=[role.name for role in assigned],
        given_by=given_by,
    )


async def holders(reader: Reader, permission: str) -> Holders:
    """Everybody whose roles give a permission.

    Raises:
        NoSuchPermission: no composed module declares it.
    """
    catalogue = reader.part(RoleGrants).catalogue
    if permission not in catalogue.permissions:
        raise NoSuchPermission(f"No composed module declares {permission!r}.")
    presets = [id_ for id_, given in catalogue.given.items() if permission in given]
    rows = await reader.all(queries.HOLDERS, permission=permission, presets=presets)
    house = permission in catalogue.of_the_house
    return Holders(permission, [] if house else list(dict.fromkeys(row.user_id for row in rows)))


def _path(role: Role, permission: str, roles: dict[UUID, Role]) -> list[str]:
    """The shortest way from a role to one that has the permission itself; empty when there is none."""
    ahead = deque([(role, [role.name])])
    seen = {role.id}
    while ahead:
        here, path = ahead.popleft()
        if permission in here.permissions and permission in here.effective:
            return path
        for part in here.parts:
            if part in roles and part not in seen:
                seen.add(part)
                ahead.append((roles[part], [*path, roles[part].name]))
    return []


def _reason(
    *, allowed: bool, house: bool, path: list[str] | None, assigned: list[str], given_by: list[str]
) -> str:
    if allowed and path:
        return f"Allowed by the role {' > '.join(path)}."
    if allowed:
        return "Allowed: an operator of the house, or a principal of the settings."
    if house:
        return "Denied: it reaches beyond one organization, and only operators of the house have it."
    if not assigned:
        return "Denied: they have no role in this organization."
    if not given_by:
        return "Denied: no role of this organization gives it."
    return (
        f"Denied: none of their roles ({', '.join(assigned)}) gives it; these would: {', '.join(given_by)}."
    )
