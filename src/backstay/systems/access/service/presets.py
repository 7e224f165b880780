"""The roles that come with the house: what they give follows from what the composed modules declare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID, uuid5

from msgspec import Struct

from backstay.kernel.actor import Permission
from backstay.kernel.module import CompositionError, Module, declared
from backstay.systems.access.contracts import Declared, Role
from backstay.systems.access.service.fields import FieldRules

_NAMESPACE: Final = UUID("0d1f6a52-2d0b-5c83-8a5e-3b1f0a7e9c11")
"""The namespace in which presets' names become ids (RFC 9562, 5.5)."""


class Preset(Struct, frozen=True):
    """One of them."""

    name: str
    """In the manifest of permissions, e.g. `sales-rep`."""
    title: str
    description: str
    below: tuple[str, ...]
    """Presets whose permissions it has too."""


PRESETS: Final[Mapping[str, Preset]] = {
    preset.name: preset
    for preset in (
        Preset("user", "User", "Works with their own things.", ()),
        Preset("support", "Support", "Helps people: sees what happened to them.", ("user",)),
        Preset("sales-rep", "Sales Rep", "Sells: works with what is sold and to whom.", ("user",)),
        Preset("moderator", "Moderator", "Keeps what people write within the rules.", ("user",)),
        Preset("manager", "Manager", "Runs the work of others.", ("support", "sales-rep", "moderator")),
        Preset("admin", "Admin", "Runs the organization: its people, roles and settings.", ("manager",)),
        Preset("owner", "Owner", "May do everything in the organization, and end it.", ("admin",)),
    )
}
"""From the lowest to the highest."""


def preset_id(name: str) -> UUID:
    """The id of a preset: the same in every organization and deployment."""
    return uuid5(_NAMESPACE, name)


OWNER: Final = preset_id("owner")
OPERATOR: Final = preset_id("operator")
"""Everything that reaches beyond one organization; only assigned in the house's own organization."""


class Catalogue:
    """Every declared permission, and what each preset gives."""

    def __init__(self, modules: Sequence[Module]) -> None:
        """Of these composed modules.

        Raises:
            CompositionError: a permission names a preset that does not exist, or a field a permission that
                does not.
        """
        self.owners: dict[str, str] = {}
        """The module of each permission."""
        self.permissions: dict[str, Permission] = {}
        for module in modules:
            for permission in module.permissions:
                unknown = set(permission.presets) - set(PRESETS)
                if unknown:
                    raise CompositionError(
                        f"permission {permission.name!r} names the presets {', '.join(sorted(unknown))}; "
                        f"there are {', '.join(PRESETS)}"
                    )
                self.permissions[permission.name] = permission
                self.owners[permission.name] = module.name
        self.fields: dict[str, list[str]] = {}
        """By permission, the single fields that it guards: `Invitation.created_by`."""
        for module, one in declared(modules, FieldRules):
            for field, permission in one.rules.items():
                if permission.name not in self.permissions:
                    raise CompositionError(
                        f"module {module.name!r}: {one.contract.__name__}.{field} needs {permission.name!r}, "
                        "which no composed module declares"
                    )
                self.fields.setdefault(permission.name, []).append(f"{one.contract.__name__}.{field}")
        self.ordinary = frozenset(name for name, one in self.permissions.items() if not one.house)
        """What roles of an organization can give."""
        self.of_the_house = frozenset(self.permissions) - self.ordinary
        self.given: dict[UUID, frozenset[str]] = {preset_id(name): self._gives(name) for name in PRESETS}
        """What each preset gives, by its id."""
        self.titles = {preset_id(name): preset.title for name, preset in PRESETS.items()}

    def _gives(self, name: str) -> frozenset[str]:
        own = {one for one in self.ordinary if name in self.permissions[one].presets or name == "owner"}
        return frozenset(own).union(*(self._gives(below) for below in PRESETS[name].below))

    def roles(self) -> list[Role]:
        """The presets as roles, from the highest to the lowest."""
        return [self.role(preset_id(name)) for name in list(PRESETS)[::-1]]

    def role(self, role_id: UUID) -> Role:
        """A preset as a role.

        Raises:
            KeyError: no preset has this id.
        """
        preset = next(preset for preset in PRESETS.values() if preset_id(preset.name) == role_id)
        given = sorted(self.given[role_id])
        return Role(role_id, preset.title, preset.description, True, given, [], given, None)

    def resolve(self, rows: Iterable[tuple[UUID, str | None]]) -> frozenset[str]:
        """What reached roles and permissions come to; undeclared and house-wide ones do not count."""
        found: set[str] = set()
        for role_id, permission in rows:
            if permission is not None:
                found.add(permission)
            else:
                found |= self.given.get(role_id, frozenset())
        return frozenset(found & self.ordinary)

    def declared(self) -> list[Declared]:
        """Every permission, by name."""
        return [
            Declared(
                name,
                one.description,
                self.owners[name],
                one.house,
                [preset.title for key, preset in PRESETS.items() if name in self.given[preset_id(key)]],
            )
            for name, one in sorted(self.permissions.items())
        ]
