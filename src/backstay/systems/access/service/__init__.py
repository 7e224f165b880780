"""What the access system does."""

from backstay.systems.access.service.assigning import (
    assign,
    close,
    found,
    open_operator,
    pass_on,
    role_to_give,
    roles_of,
    roles_of_several,
    standing,
    withdraw,
    withdraw_all,
)
from backstay.systems.access.service.evaluating import RoleGrants, held
from backstay.systems.access.service.explaining import NoSuchPermission, explain, holders
from backstay.systems.access.service.fields import FieldForbidden, FieldRules
from backstay.systems.access.service.matrix import RouteRow, TableRow, matrix
from backstay.systems.access.service.operators import HouseOperators
from backstay.systems.access.service.personal import PERSONAL, KnownAbsences
from backstay.systems.access.service.presets import OPERATOR, OWNER, PRESETS, Catalogue, preset_id
from backstay.systems.access.service.roles import (
    change_role,
    create_role,
    delete_role,
    effective,
    get_role,
    list_roles,
    refuse_lacking,
)

__all__ = [
    "OPERATOR",
    "OWNER",
    "PERSONAL",
    "PRESETS",
    "Catalogue",
    "FieldForbidden",
    "FieldRules",
    "HouseOperators",
    "KnownAbsences",
    "NoSuchPermission",
    "RoleGrants",
    "RouteRow",
    "TableRow",
    "assign",
    "change_role",
    "close",
    "create_role",
    "delete_role",
    "effective",
    "explain",
    "found",
    "get_role",
    "held",
    "holders",
    "list_roles",
    "matrix",
    "open_operator",
    "pass_on",
    "preset_id",
    "refuse_lacking",
    "role_to_give",
    "roles_of",
    "roles_of_several",
    "standing",
    "withdraw",
    "withdraw_all",
]
