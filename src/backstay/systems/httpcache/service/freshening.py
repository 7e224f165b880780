"""Asking the origin whether a kept answer still holds, and what its 304 changes (RFC 9111, 4.3)."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from backstay.systems.httpcache.contracts import Asked, Fields
from backstay.systems.httpcache.service import conditions, dates, policy
from backstay.systems.httpcache.service.fields import first, without
from backstay.systems.httpcache.service.keeping import Stored

_UNTOUCHED: Final = frozenset({"content-length", "content-encoding", "content-range"})
"""Fields of the content that is kept, of which a 304 has none (RFC 9111, 3.2)."""


def validating(asked: Asked, stored: Stored) -> Asked:
    """The request as it asks whether a kept answer holds: with its validators, in place of the client's."""
    fields: Fields = without(asked.fields, (*conditions.CONDITIONS, "range"))
    if (tag := first(stored.fields, "etag")) is not None:
        fields.append(("if-none-match", tag))
    if (changed := first(stored.fields, "last-modified")) is not None:
        fields.append(("if-modified-since", changed))
    return replace(asked, fields=fields)


def confirmed(stored: Stored, told: Fields, *, asked: float, came: float) -> Stored | None:
    """What is kept with what a 304 says of it; None when the 304 speaks of another answer.

    Args:
        stored: what was asked about.
        told: the fields of the 304.
        asked: seconds since 1970 when it was asked for.
        came: when it came.
    """
    tag, own = first(told, "etag"), first(stored.fields, "etag")
    if conditions.is_strong(tag) and own is not None and tag != own:
        return None
    new = without(policy.stored_fields(told), _UNTOUCHED)
    if first(new, "date") is None:
        # Without one it would be as old as ever.
        new.append(("date", dates.written(came)))
    kept = without(stored.fields, {name for name, _ in new} | {"age"})
    return Stored(stored.status, [*kept, *new], stored.body, asked, came)
