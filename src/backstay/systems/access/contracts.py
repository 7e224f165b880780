"""What the access system takes and gives."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from backstay.kernel.patterns import NOT_BLANK

NAME_LENGTH: Final = 60
DESCRIPTION_LENGTH: Final = 500
ROLES_PER_ORGANIZATION: Final = 200
PARTS_PER_ROLE: Final = 50
PERMISSIONS_PER_ROLE: Final = 500
PERMISSION_LENGTH: Final = 100

RoleName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=NAME_LENGTH,
        pattern=NOT_BLANK,
        description="Unique in the organization; case does not count.",
        examples=["Night shift"],
    ),
]
Description = Annotated[str, Meta(max_length=DESCRIPTION_LENGTH, examples=["Looks after the shop at night."])]
PermissionName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=PERMISSION_LENGTH,
        description="A permission that a module declares.",
        examples=["notes:read"],
    ),
]
PermissionNames = Annotated[list[PermissionName], Meta(max_length=PERMISSIONS_PER_ROLE)]
Parts = Annotated[list[UUID], Meta(max_length=PARTS_PER_ROLE, description="Roles that it contains.")]


class NewRole(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A role to be made."""

    name: RoleName
    description: Description = ""
    permissions: PermissionNames = []
    parts: Parts = []


class RoleChanges(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change in a role; what is left out stays as it is."""

    name: RoleName | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    permissions: PermissionNames | UnsetType = UNSET
    """All its own permissions from now on."""
    parts: Parts | UnsetType = UNSET
    """All roles that it contains from now on."""


class Role(Struct, frozen=True):
    """A role: a preset of the house, or one of the organization's own."""

    id: UUID
    name: str
    description: str
    preset: bool
    """It comes with the house, is the same everywhere and cannot be changed."""
    permissions: list[str]
    """Its own; a preset's follow from what the composed modules declare."""
    parts: list[UUID]
    """Roles that it contains."""
    effective: list[str]
    """Everything that its holder may do through it."""
    version: int | None
    """Send it back as `If-Match`; null for a preset."""


class Assignment(Struct, frozen=True):
    """A role that somebody has."""

    user_id: UUID
    role_id: UUID
    created_at: datetime
    created_by: UUID


class Holding(Struct, frozen=True):
    """A role that somebody has, by its name."""

    role_id: UUID
    name: str


class RolesHeld(Struct, frozen=True):
    """Somebody with the roles that they have, by name."""

    user_id: UUID
    roles: list[Holding]


class Standing(Struct, frozen=True):
    """What somebody has and may do in the organization."""

    user_id: UUID
    roles: list[Holding]
    permissions: list[str]
    """What they may do now, in full; `*` for everything."""


class Explanation(Struct, frozen=True):
    """Why somebody may, or may not, do something."""

    user_id: UUID
    permission: str
    allowed: bool
    reason: str
    """One sentence for a person."""
    paths: list[list[str]]
    """How they come by it: role within role, by name, from the assigned one to the one that has it."""
    roles: list[str]
    """The roles that they have, by name."""
    given_by: list[str]
    """Roles of the organization that would give it, by name."""


class Holders(Struct, frozen=True):
    """Who may do something."""

    permission: str
    users: list[UUID]


class Declared(Struct, frozen=True):
    """A permission that a composed module declares."""

    name: str
    description: str
    module: str
    house: bool
    """It reaches beyond one organization: only operators of the house have it."""
    presets: list[str]
    """Names of the presets that give it."""
