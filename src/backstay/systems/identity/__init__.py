"""Identity: accounts, sessions and the keys that prove them.

Promises: a refresh token that was replaced ends its session, and refreshing twice at once
signs nobody out; a session that was ended is refused by every process within a second; exactly
the allowed guesses are looked at; no answer tells who has an account. Limits: one address an
account; what a person may do where is kept by whoever holds `Grants`.
"""

from backstay.kernel.personal import PersonalData
from backstay.systems.identity import contracts
from backstay.systems.identity.contracts import SELF, SessionKind, SignedIn, User, UserSession
from backstay.systems.identity.errors import MailNotVerified
from backstay.systems.identity.http import doors
from backstay.systems.identity.service.part import Identity
from backstay.systems.identity.service.sessions import require_fresh
from backstay.systems.identity.service.switching import switch_organization

__all__ = [
    "SELF",
    "Identity",
    "MailNotVerified",
    "PersonalData",
    "SessionKind",
    "SignedIn",
    "User",
    "UserSession",
    "contracts",
    "doors",
    "require_fresh",
    "switch_organization",
]
