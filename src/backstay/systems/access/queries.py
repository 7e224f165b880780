"""Statements of the access system: the evaluation is a walk over the graph of roles, in SQL."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import (
    CTE,
    CompoundSelect,
    Select,
    Text,
    delete,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    true,
    update,
)

from backstay.kernel.database import ACTOR, NOW, Uuid, any_of, param, statement, upsert
from backstay.systems.access.contracts import Assignment
from backstay.systems.access.tables import (
    absences,
    assignments,
    organizations,
    role_parts,
    role_permissions,
    roles,
)


class RoleRow(Struct, frozen=True):
    """An organization's own role, without what it gives."""

    id: UUID
    name: str
    description: str
    version: int


class Reached(Struct, frozen=True):
    """A role that was reached, and one permission on it; None once for each role."""

    role_id: UUID
    permission: str | None


class Edge(Struct, frozen=True):
    """A role and something on it: another role, or a permission."""

    role_id: UUID
    value: UUID


class Given(Struct, frozen=True):
    """A role and a permission on it."""

    role_id: UUID
    permission: str


class OwnRole(Struct, frozen=True):
    """A role that somebody has, in an export."""

    organization_id: UUID
    role_id: UUID
    created_at: datetime


class Holder(Struct, frozen=True):
    """Somebody and a role that they reach."""

    user_id: UUID
    role_id: UUID


def _reach(start: Select[UUID]) -> CTE:
    """The roles of `start` and every role within them. UNION drops repeats, so even a ring would end."""
    reach = start.cte("reach", recursive=True)
    return reach.union(
        select(role_parts.c.part_id).select_from(role_parts).where(role_parts.c.role_id == reach.c.role_id)
    )


def _on(reach: CTE) -> CompoundSelect[UUID, str]:
    on_roles = select(role_permissions.c.role_id, role_permissions.c.permission).where(
        role_permissions.c.role_id.in_(select(reach.c.role_id))
    )
    return select(reach.c.role_id, literal_column("NULL", Text).label("permission")).union_all(on_roles)


OF_USER: Final = statement(
    _on(
        _reach(
            select(assignments.c.role_id.label("role_id")).where(
                assignments.c.user_id == param("user_id", Uuid)
            )
        )
    ),
    Reached,
)
"""What somebody reaches; the presets among it are resolved by the catalogue."""
OF_ROLES: Final = statement(
    _on(
        _reach(
            select(roles.c.id.label("role_id")).where(any_of(roles.c.id, "ids")),
        )
    ),
    Reached,
)
"""What own roles of the organization reach."""
EPOCH: Final = statement(select(organizations.c.epoch), int)
TOUCH: Final = statement(
    upsert(organizations, key=("organization_id",))
    .insert(epoch=literal_column("1"), closed=literal_column("false"))
    .update(epoch=organizations.c.epoch + 1)
)
"""Before any change: holds the organization's row until the commit, and makes caches look again."""
ASSIGNMENTS_OF: Final = statement(
    select(
        assignments.c.organization_id,
        assignments.c.role_id,
        assignments.c.created_at,
    )
    .where(assignments.c.user_id == param("user_id", Uuid))
    .order_by(assignments.c.created_at, assignments.c.organization_id, assignments.c.role_id),
    OwnRole,
    unscoped=True,
)
_others = assignments.alias("others")
OWNED_ALONE: Final = statement(
    select(assignments.c.organization_id)
    .select_from(
        assignments.outerjoin(organizations, organizations.c.organization_id == assignments.c.organization_id)
    )
    .where(
        assignments.c.user_id == param("user_id", Uuid),
        assignments.c.role_id == param("owner", Uuid),
        or_(organizations.c.closed.is_(None), organizations.c.closed.is_(False)),
        ~exists().where(
            _others.c.organization_id == assignments.c.organization_id,
            _others.c.role_id == assignments.c.role_id,
            _others.c.user_id != assignments.c.user_id,
            _others.c.user_id.not_in(select(absences.c.user_id)),
        ),
    )
    .order_by(assignments.c.organization_id),
    UUID,
    unscoped=True,
)
"""Open organizations that somebody is the last owner of, of those who can act."""
LEAVE: Final = statement(
    upsert(absences, key=("user_id",)).insert(regardless=param("regardless"), created_at=NOW), unscoped=True
)
"""Unscoped, because its trigger looks at all organizations of the person."""
COME_BACK: Final = statement(delete(absences).where(any_of(absences.c.user_id, "user_ids")))
ERASE: Final = statement(
    delete(assignments).where(assignments.c.user_id == param("user_id", Uuid)), unscoped=True
)
OWNERS: Final = statement(
    select(assignments.c.user_id)
    .where(
        assignments.c.role_id == param("owner", Uuid),
        ~select(absences.c.user_id).where(absences.c.user_id == assignments.c.user_id).exists(),
    )
    .order_by(assignments.c.user_id),
    UUID,
)
"""Those who can act."""
CLOSE: Final = statement(update(organizations).values(closed=true()))

ROLES: Final = statement(
    select(roles.c.id, roles.c.name, roles.c.description, roles.c.version).order_by(roles.c.key), RoleRow
)
ROLE: Final = statement(
    select(roles.c.id, roles.c.name, roles.c.description, roles.c.version).where(roles.c.id == param("id")),
    RoleRow,
)
COUNT_ROLES: Final = statement(select(func.count().label("count")).select_from(roles), int)
PARTS: Final = statement(
    select(role_parts.c.role_id, role_parts.c.part_id.label("value")).order_by(role_parts.c.part_id), Edge
)
GIVEN: Final = statement(
    select(role_permissions.c.role_id, role_permissions.c.permission).order_by(role_permissions.c.permission),
    Given,
)
INSERT_ROLE: Final = statement(
    insert(roles).values(
        id=param("id"), name=param("name"), key=param("key"), description=param("description")
    )
)
CHANGE_ROLE: Final = statement(
    update(roles)
    .where(roles.c.id == param("id"), roles.c.version == param("version"))
    .values(name=param("name"), key=param("key"), description=param("description"))
)
DELETE_ROLE: Final = statement(
    delete(roles).where(roles.c.id == param("id"), roles.c.version == param("version"))
)
ADD_PERMISSION: Final = statement(insert(role_permissions))
ADD_PART: Final = statement(insert(role_parts))
CLEAR_PERMISSIONS: Final = statement(
    delete(role_permissions).where(role_permissions.c.role_id == param("role_id"))
)
CLEAR_PARTS: Final = statement(delete(role_parts).where(role_parts.c.role_id == param("role_id")))
USERS_OF_ROLE: Final = statement(
    select(func.count().label("count"))
    .select_from(assignments)
    .where(assignments.c.role_id == param("role_id")),
    int,
)
ROLES_WITH_PART: Final = statement(
    select(func.count().label("count"))
    .select_from(role_parts)
    .where(role_parts.c.part_id == param("role_id")),
    int,
)

ASSIGN: Final = statement(
    upsert(assignments, key=("organization_id", "user_id", "role_id")).insert(
        created_at=NOW, created_by=ACTOR
    )
)
"""One that is there stays as it is."""
ASSIGNMENTS: Final = statement(
    select(assignments.c.user_id, assignments.c.role_id, assignments.c.created_at, assignments.c.created_by)
    .where(assignments.c.user_id == param("user_id"))
    .order_by(assignments.c.created_at, assignments.c.role_id),
    Assignment,
)
ASSIGNMENTS_OF_SEVERAL: Final = statement(
    select(assignments.c.user_id, assignments.c.role_id, assignments.c.created_at, assignments.c.created_by)
    .where(any_of(assignments.c.user_id, "user_ids"))
    .order_by(assignments.c.created_at, assignments.c.role_id),
    Assignment,
)
HAS_ROLE: Final = statement(
    select(assignments.c.user_id).where(assignments.c.role_id == param("role_id")).limit(1), UUID
)
WITHDRAW: Final = statement(
    delete(assignments).where(
        assignments.c.user_id == param("user_id"), assignments.c.role_id == param("role_id")
    )
)
WITHDRAW_ALL: Final = statement(delete(assignments).where(assignments.c.user_id == param("user_id")))
WITHDRAW_EVERYBODY: Final = statement(delete(assignments))


def _holders() -> Select[UUID, UUID]:
    start = select(assignments.c.user_id.label("user_id"), assignments.c.role_id.label("role_id"))
    reach = start.cte("reach", recursive=True)
    further = select(reach.c.user_id, role_parts.c.part_id).select_from(
        reach.join(role_parts, role_parts.c.role_id == reach.c.role_id)
    )
    reach = reach.union(further)
    gives = select(role_permissions.c.role_id).where(role_permissions.c.permission == param("permission"))
    return (
        select(reach.c.user_id, reach.c.role_id)
        .where(or_(any_of(reach.c.role_id, "presets"), reach.c.role_id.in_(gives)))
        .order_by(reach.c.user_id)
    )


HOLDERS: Final = statement(_holders(), Holder)
"""Who reaches a role that gives a permission; `presets` are the presets that do."""
