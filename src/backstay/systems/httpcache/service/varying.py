"""`Vary`: which of several answers at one address belongs to a request (RFC 9111, 4.1)."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from backstay.systems.httpcache.service.fields import Fields, joined, listed, members

MOST: Final = 16
"""Fields that an answer may vary by; what names more is not kept."""
_UNORDERED_CASE: Final = frozenset({"accept-encoding", "accept-language", "accept-charset"})
"""Fields whose values mean the same in either case."""


def names(fields: Fields) -> tuple[str, ...]:
    """The request fields that a response depends on, in one order."""
    return tuple(sorted({name.lower() for name in listed(fields, "vary")}))


def variant(request: Fields, varies_by: tuple[str, ...]) -> str:
    """A name for the values that a request has in these fields: equal for what means the same."""
    digest = hashlib.blake2b(digest_size=16)
    for name in varies_by:
        value = joined(request, name)
        said = "-" if value is None else "+" + normal(name, value)
        # Lengths before the texts, so that no value can take the place of another field's.
        digest.update(f"{len(name)}:{name}{len(said)}:{said}".encode())
    return digest.hexdigest()


def normal(name: str, value: str) -> str:
    """A list with its members one comma apart; in lower case where case means nothing.

    The order stays: some origins read a preference from the order of languages.
    """
    plain = ",".join(members(value))
    if name in _UNORDERED_CASE:
        return re.sub(r"[ \t]*([;=])[ \t]*", r"\1", plain.lower())
    return plain
