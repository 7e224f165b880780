"""What the API key system does."""

from backstay.systems.apikeys.service.authenticating import KeyRing
from backstay.systems.apikeys.service.form import KeyForm
from backstay.systems.apikeys.service.keys import (
    PERSONAL,
    IssuedKeys,
    get,
    issue,
    list_all,
    list_own,
    revoke,
    revoke_all_of,
    rotate,
    write_down_use,
)

__all__ = [
    "PERSONAL",
    "IssuedKeys",
    "KeyForm",
    "KeyRing",
    "get",
    "issue",
    "list_all",
    "list_own",
    "revoke",
    "revoke_all_of",
    "rotate",
    "write_down_use",
]
