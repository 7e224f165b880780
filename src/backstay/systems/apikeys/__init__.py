"""API keys: for programs that act for a person, with a part of that person's rights.

Promises: a key is shown once and stored as a hash; it never does more than its maker may do now;
anything but the exact key is refused, garbage without asking the database; a revoked key is
refused by every process within a second. Limits: a key acts for one person in one organization.
"""

from backstay.systems.apikeys.contracts import ApiKey, IssuedKey, NewKey
from backstay.systems.apikeys.service import issue, revoke, revoke_all_of, rotate

__all__ = ["ApiKey", "IssuedKey", "NewKey", "issue", "revoke", "revoke_all_of", "rotate"]
