"""Rules for single fields: who may see them and who may set them (ASVS 5.0, 8.2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

import msgspec
from msgspec import UNSET, Struct

from backstay.kernel.actor import Actor, Permission
from backstay.kernel.errors import FieldError, Forbidden

S = TypeVar("S", bound=Struct)


class FieldForbidden(Forbidden):
    """The request sets fields that the actor may not set; `errors` names each."""

    code = "field_forbidden"
    title = "You may not set some of these fields"

    def __init__(self, *errors: FieldError) -> None:
        super().__init__(errors=list(errors))


class FieldRules(Generic[S]):
    """Which fields of a contract need a permission of their own.

    ```python
    SHOWN = FieldRules(Employee, {"salary": READ_SALARIES})
    SHOWN.shown(actor, employee)   # salary is null for who may not see it
    TAKEN = FieldRules(EmployeeChanges, {"salary": WRITE_SALARIES})
    TAKEN.refuse(actor, changes)   # raises FieldForbidden, naming /salary
    ```

    List them in the manifest's `declares`, so that the matrix and `explain` tell of them.
    """

    def __init__(self, contract: type[S], rules: Mapping[str, Permission]) -> None:
        """Of this contract.

        Raises:
            TypeError: the contract has no such field, so the rule would guard nothing.
        """
        unknown = set(rules) - set(contract.__struct_fields__)
        if unknown:
            raise TypeError(f"{contract.__name__} has no fields {', '.join(sorted(unknown))}")
        self.contract = contract
        self.rules = dict(rules)

    def shown(self, actor: Actor, value: S) -> S:
        """The value as the actor may see it: null where they may not look."""
        hidden = {name: None for name, permission in self.rules.items() if not actor.may(permission)}
        return msgspec.structs.replace(value, **hidden) if hidden else value

    def refuse(self, actor: Actor, changes: S) -> None:
        """Refuse changes that set what the actor may not set; fields left out do no harm.

        Raises:
            FieldForbidden: names every such field.
        """
        errors = [
            FieldError(pointer=f"/{name}", code="forbidden", message=f"needs {permission.name!r}")
            for name, permission in self.rules.items()
            if getattr(changes, name) is not UNSET and not actor.may(permission)
        ]
        if errors:
            raise FieldForbidden(*errors)
