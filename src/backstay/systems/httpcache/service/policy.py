"""What may be kept, for how long it is fresh, and whether it may be given out (RFC 9111, 3 and 4)."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from backstay.systems.httpcache.contracts import Asked
from backstay.systems.httpcache.service import dates
from backstay.systems.httpcache.service.directives import (
    Directives,
    age,
    cache_control,
    named,
    seconds,
    targeted,
)
from backstay.systems.httpcache.service.fields import Fields, end_to_end, first, listed, values, without

HEURISTIC: Final = frozenset({200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501})
"""Statuses whose responses may be kept without being told for how long (RFC 9110, 15.1)."""
_UNDERSTOOD: Final = HEURISTIC | {201, 202, 302, 303, 307, 400, 401, 403, 406, 409, 421, 500, 502, 503, 504}
"""Statuses whose rules this cache follows, for `must-understand`; partial content is not among them."""
_NEVER: Final = frozenset({206, 304})
_TENTH: Final = 10
_HEURISTIC_LONGEST: Final = 86_400.0
ERRORS: Final = frozenset({500, 502, 503, 504})
"""Instead of which `stale-if-error` lets an older response be given out (RFC 5861, 4)."""
_NAMING: Final = frozenset({"no-cache", "private"})
"""Directives that may speak of some fields alone."""
_UNSHARED: Final = ("must-revalidate", "proxy-revalidate", "s-maxage", "no-cache")


_FOR_ALL: Final = ("public", "must-revalidate", "s-maxage")
"""Directives with which the answer to one who proved who they are is for all (RFC 9111, 3.5)."""


class Rules(Struct, frozen=True):
    """What a response says of itself as a whole."""

    directives: Directives
    is_targeted: bool
    """It speaks to caches like this one by `CDN-Cache-Control`: nothing else counts."""

    def says(self, name: str) -> bool:
        """Whether it has the directive for the whole response."""
        return name in self.directives and not (name in _NAMING and named(self.directives, name))


class Times(Struct, frozen=True):
    """When a response was asked for and came, and how old it was then."""

    lifetime: float
    """Seconds for which it is fresh, from its making."""
    began: float
    """Seconds since 1970 when it was as old as 0: its age now is the difference."""

    def age(self, now: float) -> float:
        """Seconds since the origin made or confirmed it (RFC 9111, 4.2.3)."""
        return max(0.0, now - self.began)

    def left(self, now: float) -> float:
        """Seconds for which it is still fresh; 0 and less when it is stale."""
        return self.lifetime - self.age(now)


def rules(fields: Fields) -> Rules:
    """What governs a response (RFC 9213, 2.2)."""
    found = targeted(fields)
    return Rules(cache_control(fields) if found is None else found, found is not None)


def times(status: int, fields: Fields, *, asked: float, came: float) -> Times:
    """How old a response is, and how old it may become while fresh.

    Args:
        status: of the response.
        fields: its header fields.
        asked: seconds since 1970 when the request was sent.
        came: when the response's head was there.
    """
    date = dates.parse(first(fields, "date"), now=came)
    apparent = max(0.0, came - date) if date is not None else 0.0
    corrected = age(fields) + (came - asked)
    return Times(_lifetime(status, fields, came if date is None else date), came - max(apparent, corrected))


def _lifetime(status: int, fields: Fields, date: float) -> float:
    said = rules(fields)
    for name in ("s-maxage", "max-age"):
        given = seconds(said.directives, name)
        if given is not None:
            return float(given)
    if not said.is_targeted and (lines := values(fields, "expires")):
        # Anything but one date is a time in the past (RFC 9111, 5.3).
        expires = dates.parse(lines[0], now=date) if len(set(lines)) == 1 else None
        return max(0.0, expires - date) if expires is not None else 0.0
    if status in HEURISTIC or said.says("public"):
        modified = dates.parse(first(fields, "last-modified"), now=date)
        if modified is not None and modified < date:
            return min((date - modified) / _TENTH, _HEURISTIC_LONGEST)
    return 0.0


def may_store(asked: Asked, status: int, fields: Fields) -> str | None:
    """Why a response may not be kept for others; None when it may (RFC 9111, 3, and stricter).

    Stricter: what sets a cookie is never kept, whatever it says; and what was asked for with a cookie is
    kept only when it says itself for how long, for nobody else knows whether the cookie made it.
    """
    said = rules(fields)
    understands = "must-understand" in said.directives
    explicit = is_explicit(fields)
    reasons = {
        "status": status < 200 or status in _NEVER,
        "request-no-store": "no-store" in cache_control(asked.fields),
        "not-understood": understands and status not in _UNDERSTOOD,
        "no-store": "no-store" in said.directives and not understands,
        "private": said.says("private"),
        "set-cookie": first(fields, "set-cookie") is not None,
        "vary": "*" in listed(fields, "vary"),
        "authorization": first(asked.fields, "authorization") is not None
        and not any(map(said.says, _FOR_ALL)),
        "cookie": first(asked.fields, "cookie") is not None and not explicit,
        "no-freshness": not explicit and status not in HEURISTIC,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def is_explicit(fields: Fields) -> bool:
    """Whether a response says itself that it may be kept."""
    said = rules(fields)
    if any(name in said.directives for name in ("public", "max-age", "s-maxage")):
        return True
    return not said.is_targeted and first(fields, "expires") is not None


def stored_fields(fields: Fields) -> list[tuple[str, str]]:
    """The fields that may be kept: none of a connection, none that is for this one client alone."""
    said = rules(fields).directives
    alone = named(said, "private") | named(said, "no-cache")
    return without(end_to_end(fields), alone | {"set-cookie"})


def must_validate(fields: Fields) -> bool:
    """Whether it may never be given out without asking, `no-cache`."""
    return rules(fields).says("no-cache")


def may_be_stale(fields: Fields) -> bool:
    """Whether it may be given out stale at all (RFC 9111, 4.2.4)."""
    said = rules(fields)
    return not any(said.says(name) for name in _UNSHARED)


def grace(fields: Fields, name: str) -> float:
    """Seconds after its time for which `stale-while-revalidate` or `stale-if-error` lets it be given out."""
    return float(seconds(rules(fields).directives, name) or 0) if may_be_stale(fields) else 0.0


def is_wanted(said: Directives, fields: Fields, kept: Times, now: float) -> bool:
    """Whether what is kept is as new as a request says that it wants it (RFC 9111, 5.2.1).

    Args:
        said: the directives of the request.
        fields: of what is kept.
        kept: how old that is, and may become.
        now: seconds since 1970.
    """
    if "no-cache" in said:
        return False
    oldest = seconds(said, "max-age")
    if oldest is not None and kept.age(now) > oldest:
        return False
    left = kept.left(now)
    newest = seconds(said, "min-fresh")
    if newest is not None:
        return left >= newest
    if left > 0:
        return True
    if "max-stale" not in said or not may_be_stale(fields):
        return False
    bound = seconds(said, "max-stale") if said["max-stale"] is not None else None
    return bound is None or -left <= bound
