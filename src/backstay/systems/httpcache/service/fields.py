"""Header fields: reading lists of them, and leaving out what belongs to one connection only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

Field = tuple[str, str]
"""A field's name in lower case, and its value as Latin-1 text."""
Fields = Sequence[Field]

HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authentication-info",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Fields of one connection (RFC 9110, 7.6.1; RFC 9111, 3.1)."""
_KEPT_FROM_CONNECTION: Final = frozenset({"host", "cache-control", "authorization", "content-length"})
"""What `Connection` may not take out: a client could turn an answer for one into an answer for all."""


def values(fields: Fields, name: str) -> list[str]:
    """The value of each line of a field."""
    return [value for one, value in fields if one == name]


def first(fields: Fields, name: str) -> str | None:
    """The value of a field's first line."""
    return next((value for one, value in fields if one == name), None)


def joined(fields: Fields, name: str) -> str | None:
    """All lines of a field as one (RFC 9110, 5.3); None when there is none."""
    found = values(fields, name)
    return ", ".join(found) if found else None


def members(value: str) -> Iterator[str]:
    """The members of a list, without white space and empty ones; commas within quotes are no commas."""
    begin, quoted, escaped = 0, False, False
    for place, char in enumerate(value):
        if escaped:
            escaped = False
        elif quoted and char == "\\":
            escaped = True
        elif char == '"':
            quoted = not quoted
        elif char == "," and not quoted:
            if member := value[begin:place].strip(" \t"):
                yield member
            begin = place + 1
    if member := value[begin:].strip(" \t"):
        yield member


def listed(fields: Fields, name: str) -> list[str]:
    """The members of a list field, over all of its lines."""
    return [member for value in values(fields, name) for member in members(value)]


def without(fields: Fields, names: Iterable[str]) -> list[Field]:
    """The fields but these."""
    gone = frozenset(names)
    return [one for one in fields if one[0] not in gone]


def end_to_end(fields: Fields) -> list[Field]:
    """The fields that may be sent on: neither a connection's own nor what `Connection` names."""
    named = {name.lower() for name in listed(fields, "connection")} - _KEPT_FROM_CONNECTION
    return without(fields, HOP_BY_HOP | named)
