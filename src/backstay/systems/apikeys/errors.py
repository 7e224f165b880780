"""What can go wrong with API keys, beyond what can go wrong with anything."""

from __future__ import annotations

from backstay.kernel.errors import Conflict, Forbidden, NotFound


class NoSuchKey(NotFound):
    """There is no such key, or it is somebody else's."""

    code = "no_such_api_key"
    title = "There is no such API key"


class KeyEnded(Conflict):
    """It was revoked, has expired or was rotated: it cannot be rotated."""

    code = "api_key_ended"
    title = "This API key has ended; make a new one"


class KeysMakeNoKeys(Forbidden):
    """A key asks for a key. It may replace itself, and nothing else: people make keys."""

    code = "keys_make_no_keys"
    title = "People make API keys, not other keys"


class TooManyKeys(Conflict):
    """The person has as many keys as a person may have."""

    code = "too_many_api_keys"
    title = "You have too many API keys; revoke some"
