"""What a response and a request say of caching: `Cache-Control`, `CDN-Cache-Control`, `Age`.

`Cache-Control` is read leniently where that keeps less (RFC 9111, 4.2.1): a duration that is none, or
that is said twice and differently, counts as 0. `CDN-Cache-Control` is a structured field (RFC 9213,
2.1): one error, and all of it is as if it were not there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from backstay.systems.httpcache.service.fields import Fields, listed, members, values

LONGEST: Final = 2**31
"""Seconds that stand for any longer time (RFC 9111, 1.2.2)."""
Directives = Mapping[str, str | None]
"""Names in lower case with their arguments, unquoted; None for those that have none."""

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_DIGITS: Final = re.compile(r"[0-9]+")
_DURATIONS: Final = frozenset(
    {"max-age", "s-maxage", "stale-while-revalidate", "stale-if-error", "max-stale", "min-fresh"}
)
_MEMBER: Final = re.compile(
    r"(?P<key>[a-z*][a-z0-9_.*-]*)"
    r'(?:=(?P<value>-?[0-9]{1,15}|-?[0-9]{1,12}\.[0-9]{1,3}|"(?:[ !#-\[\]-~]|\\["\\])*"'
    r"|[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*|\?[01]|:[A-Za-z0-9+/=]*:))?"
    r"(?: *;[ ]*[a-z*][a-z0-9_.*-]*(?:=[^,;\"]+)?)*"
)


def cache_control(fields: Fields) -> Directives:
    """The directives of `Cache-Control`."""
    found: dict[str, str | None] = {}
    for member in listed(fields, "cache-control"):
        name, equals, given = member.partition("=")
        name = name.lower()
        if _TOKEN.fullmatch(name) is None:
            continue
        argument = _argument(given) if equals else None
        if name in _DURATIONS and name in found and found[name] != argument:
            argument = "0"  # said twice, and differently: stale
        elif name in {"no-cache", "private"} and name in found:
            # The one without names says more than any with them.
            argument = None if None in {argument, found[name]} else f"{found[name]},{argument}"
        found[name] = argument
    return found


def targeted(fields: Fields) -> Directives | None:
    """The directives of `CDN-Cache-Control`; None when there are none to follow."""
    lines = values(fields, "cdn-cache-control")
    if not lines or not (text := ", ".join(lines).strip(" ")):
        return None
    found: dict[str, str | None] = {}
    for member in members(text):
        match = _MEMBER.fullmatch(member)
        if match is None:
            return None
        key, value = match["key"], match["value"]
        if value == "?0":
            found.pop(key, None)
            continue
        if key in _DURATIONS and (value is None or _DIGITS.fullmatch(value) is None):
            return None
        found[key] = None if value in {None, "?1"} else value.strip('"')
    return found


def _argument(text: str) -> str:
    quoted = _QUOTED.fullmatch(text)
    return re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else text


def seconds(directives: Directives, name: str) -> int | None:
    """A directive's duration; 0 when it is none; None when the directive is not there."""
    if name not in directives:
        return None
    argument = directives[name]
    if argument is None or _DIGITS.fullmatch(argument) is None:
        return 0
    return LONGEST if len(argument) > len(str(LONGEST)) * 2 else min(int(argument), LONGEST)


def named(directives: Directives, name: str) -> frozenset[str]:
    """The fields that `no-cache` or `private` names; none when it speaks of the whole response."""
    argument = directives.get(name)
    if not argument:
        return frozenset()
    return frozenset(part.strip().lower() for part in argument.split(",") if part.strip())


def age(fields: Fields) -> int:
    """Seconds of `Age` (RFC 9111, 5.1): of its first member; 0 when that is no duration."""
    lines = values(fields, "age")
    if not lines:
        return 0
    text = lines[0].split(",")[0].strip(" \t")
    if _DIGITS.fullmatch(text) is None:
        return 0
    return LONGEST if len(text) > len(str(LONGEST)) else min(int(text), LONGEST)
