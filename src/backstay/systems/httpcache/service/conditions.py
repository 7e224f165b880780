"""Answering conditional requests and ranges from what is kept (RFC 9110, 13 and 14; RFC 9111, 4.3.2)."""

from __future__ import annotations

import re
from typing import Final

from backstay.systems.httpcache.contracts import Given
from backstay.systems.httpcache.service import dates
from backstay.systems.httpcache.service.fields import Field, Fields, first, joined, listed, without

CONDITIONS: Final = ("if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "if-range")
"""Fields by which a client makes its request depend on what is there."""
_IN_304: Final = frozenset(
    {"cache-control", "cdn-cache-control", "content-location", "date", "etag", "expires", "vary", "age"}
)
"""What a 304 has of the answer it stands for (RFC 9110, 15.4.5), with what caches write."""
_RANGE: Final = re.compile(r"bytes[ \t]*=[ \t]*(\d{0,18})[ \t]*-[ \t]*(\d{0,18})", re.IGNORECASE | re.ASCII)


def opaque(tag: str) -> str:
    """An entity tag without its weakness (weak comparison: RFC 9110, 8.8.3.2)."""
    return tag.removeprefix("W/")


def is_strong(tag: str | None) -> bool:
    """Whether it is a strong entity tag."""
    return tag is not None and len(tag) >= 2 and tag[0] == tag[-1] == '"'


def is_unchanged(request: Fields, answer: Fields, came: float) -> bool:
    """Whether the client has this answer already, so that 304 is enough."""
    if first(request, "if-none-match") is not None:
        tag = first(answer, "etag")
        asked = listed(request, "if-none-match")
        return "*" in asked or (tag is not None and opaque(tag) in {opaque(one) for one in asked})
    since = dates.parse(first(request, "if-modified-since"), now=came)
    if since is None:
        return False
    changed = dates.parse(first(answer, "last-modified"), now=came)
    if changed is None:
        changed = dates.parse(first(answer, "date"), now=came)
    return (came if changed is None else changed) <= since


def narrowed(
    method: str, request: Fields, status: int, fields: list[Field], body: bytes, came: float
) -> Given:
    """A kept answer as this request wants it: not at all, in part, its head alone, or whole."""
    if status == 200 and is_unchanged(request, fields, came):
        return Given(status=304, fields=[one for one in fields if one[0] in _IN_304])
    if method == "HEAD":
        return Given(status=status, fields=_sized(fields, len(body)))
    if status == 200 and first(request, "range") is not None and _range_counts(request, fields, came):
        found = _RANGE.fullmatch(joined(request, "range") or "")
        if found is not None and (found[1] or found[2]):
            return _part(found[1], found[2], fields, body)
    return Given(status=status, fields=_sized(fields, len(body)), body=body)


def _part(begin: str, end: str, fields: list[Field], body: bytes) -> Given:
    size = len(body)
    if begin:
        start, stop = int(begin), min(int(end) + 1, size) if end else size
        if end and int(end) < int(begin):
            return Given(status=200, fields=_sized(fields, size), body=body)  # no range (RFC 9110, 14.1.1)
    else:
        start, stop = max(0, size - int(end)), size
    if start >= stop:
        unsatisfied = [("content-range", f"bytes */{size}"), ("content-length", "0")]
        return Given(status=416, fields=[one for one in fields if one[0] == "date"] + unsatisfied)
    part = body[start:stop]
    told = ("content-range", f"bytes {start}-{stop - 1}/{size}")
    return Given(
        status=206, fields=[*_sized(without(fields, ("content-range",)), len(part)), told], body=part
    )


def _range_counts(request: Fields, answer: Fields, came: float) -> bool:
    """`If-Range`: whether what the client has a part of is still what there is (RFC 9110, 13.1.5)."""
    condition = first(request, "if-range")
    if condition is None:
        return True
    if condition.startswith(('"', "W/")):
        return is_strong(condition) and condition == first(answer, "etag")
    asked = dates.parse(condition, now=came)
    return asked is not None and asked == dates.parse(first(answer, "last-modified"), now=came)


def _sized(fields: list[Field], size: int) -> list[Field]:
    return [*without(fields, ("content-length",)), ("content-length", str(size))]
