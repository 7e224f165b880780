"""What identity promises: of sessions, of passkeys, and of secrets that somebody tries."""

from backstay.systems.identity.guarantees.acting import acting_leaves_credentials
from backstay.systems.identity.guarantees.passkeys import (
    ceremony_works_once,
    locked_passkey_is_one_factor,
)
from backstay.systems.identity.guarantees.providers import (
    answer_opens_one_session,
    provider_opens_only_its_owners,
)
from backstay.systems.identity.guarantees.secrets import (
    guesses_are_counted,
    link_works_once,
    second_factor_holds,
)
from backstay.systems.identity.guarantees.sessions import (
    ended_session_is_refused,
    refreshing_at_once_is_safe,
    reuse_ends_the_session,
)
from backstay.systems.identity.guarantees.ways_in import no_way_in_skips_it

__all__ = [
    "acting_leaves_credentials",
    "answer_opens_one_session",
    "ceremony_works_once",
    "ended_session_is_refused",
    "guesses_are_counted",
    "link_works_once",
    "locked_passkey_is_one_factor",
    "no_way_in_skips_it",
    "provider_opens_only_its_owners",
    "refreshing_at_once_is_safe",
    "reuse_ends_the_session",
    "second_factor_holds",
]
