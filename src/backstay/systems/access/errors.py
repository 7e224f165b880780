"""What can go wrong with roles, beyond what can go wrong with anything."""

from __future__ import annotations

from collections.abc import Iterable

from backstay.kernel.errors import Conflict, Forbidden, NotFound


class NoSuchRole(NotFound):
    """There is no such role, or it is another organization's."""

    code = "no_such_role"
    title = "There is no such role"


class NoSuchHolder(NotFound):
    """They have no role in this organization: strangers and people who never were look alike."""

    code = "no_such_holder"
    title = "They have no role here"


class Lacking(Forbidden):
    """Somebody gives, takes or changes what they do not have themselves; `lacking` names it."""

    code = "lacking"
    title = "You cannot give or take what you lack"

    def __init__(self, lacking: Iterable[str]) -> None:
        super().__init__(lacking=sorted(lacking))


class PresetRole(Conflict):
    """Presets come with the house and are the same everywhere."""

    code = "preset_role"
    title = "A role of the house cannot be changed; make one that contains it"


class RoleNameTaken(Conflict):
    """The organization has a role of this name, or the house has."""

    code = "role_name_taken"
    title = "There is a role of this name"


class RoleInUse(Conflict):
    """Somebody has the role, or another role contains it; `users` and `roles` say how many."""

    code = "role_in_use"
    title = "Take the role from whoever has it first"


class TooManyRoles(Conflict):
    """The organization has as many roles as it may have."""

    code = "too_many_roles"
    title = "The organization has too many roles"


class StaleRole(Conflict):
    """The role was changed since it was read; `version` is the present one."""

    code = "stale_role"
    title = "The role was changed since you read it"
    status = 412


class LastOwner(Conflict):
    """An organization that has an owner keeps one; the database itself sees to it."""

    code = "last_owner"
    title = "The organization would be left without an owner"
