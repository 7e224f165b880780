"""What the client asks for beside the path: a media type and a version of the API."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Final

_JSON_RANGES: Final = frozenset({"application/json", "application/*", "*/*"})
_VERSION: Final = re.compile(rb";\s*version\s*=\s*\"?([A-Za-z0-9._-]{1,20})\"?")


@lru_cache(512)
def accepts_json(accept: bytes) -> bool:
    """Whether an `Accept` header takes JSON (RFC 9110, 12.5.1): the most specific range that fits decides."""
    best: tuple[int, float] = (-1, 0.0)
    for part in accept.decode("latin-1").lower().split(","):
        media_range, *parameters = (piece.strip() for piece in part.split(";"))
        if media_range in _JSON_RANGES:
            best = max(best, (2 - media_range.count("*"), _quality(parameters)))
    return best[1] > 0 or not accept.strip()


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0


def wanted_version(headers: Mapping[bytes, bytes]) -> str | None:
    """The version that `Accept-Version`, or a parameter of `Accept`, asks for; None when neither does."""
    header = headers.get(b"accept-version")
    if header is not None:
        return header.decode("latin-1").strip()
    accept = headers.get(b"accept")
    # Not `in`: bytes look for a number first, and raise within when it is none.
    if accept is None or accept.find(b"version") < 0:
        return None
    match = _VERSION.search(accept)
    return None if match is None else match[1].decode("ascii")


def life_headers(deprecated: date | None, sunset: date | None) -> list[tuple[bytes, bytes]]:
    """`Deprecation` (RFC 9745) and `Sunset` (RFC 8594) of a route that will end."""
    headers = []
    if deprecated is not None:
        since = int(datetime(deprecated.year, deprecated.month, deprecated.day, tzinfo=UTC).timestamp())
        headers.append((b"deprecation", b"@%d" % since))
    if sunset is not None:
        until = datetime(sunset.year, sunset.month, sunset.day, tzinfo=UTC)
        headers.append((b"sunset", format_datetime(until, usegmt=True).encode("ascii")))
    return headers
