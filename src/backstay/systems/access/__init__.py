"""Access: roles of an organization, who has them, what follows, and why somebody may not.

Promises: nothing is allowed that no role gives; nobody gives or takes what they lack; roles of one
organization mean nothing in another; a role never contains itself; an owner stays, whoever races; a
withdrawn role is refused everywhere within a second. Limits: 200 roles an organization.
"""

from backstay.systems.access.errors import Lacking, LastOwner, NoSuchRole
from backstay.systems.access.service import (
    FieldRules,
    KnownAbsences,
    RoleGrants,
    assign,
    close,
    found,
    open_operator,
    pass_on,
    preset_id,
    refuse_lacking,
    role_to_give,
    withdraw_all,
)

__all__ = [
    "FieldRules",
    "KnownAbsences",
    "Lacking",
    "LastOwner",
    "NoSuchRole",
    "RoleGrants",
    "assign",
    "close",
    "found",
    "open_operator",
    "pass_on",
    "preset_id",
    "refuse_lacking",
    "role_to_give",
    "withdraw_all",
]
