"""Versions as entity tags: `ETag` and `If-None-Match` on what is read, `If-Match` on what is changed.

A contract with a field `version: int` has the strong tag `"<version>"` (RFC 9110, 8.8.3).
A compressed answer is another representation, so its tag carries the coding as a suffix,
`"<version>-gzip"`; both name the same version when they come back.
"""

from __future__ import annotations

import re
from typing import Final, NewType

from backstay.kernel.errors import BadRequest, PreconditionFailed, PreconditionRequired

IfMatch = NewType("IfMatch", int)
"""The version that the client read and means to change; take `IfMatch | None` where it need not say."""

_ONE_TAG: Final = re.compile(rb'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_OURS: Final = re.compile(rb"([0-9]{1,18})(?:-gzip)?")


def tag(version: int) -> bytes:
    """The strong entity tag of a version."""
    return b'"%d"' % version


def coded(entity_tag: bytes, coding: bytes) -> bytes:
    """The tag of the same content in another content coding."""
    return entity_tag[:-1] + b"-" + coding + b'"'


def expected_version(header: bytes | None, *, optional: bool) -> IfMatch | None:
    """The version that `If-Match` names.

    Raises:
        PreconditionRequired: there is no `If-Match` and there must be.
        BadRequest: it is not one entity tag.
        PreconditionFailed: it is a tag that no version here ever had.
    """
    if header is None:
        if optional:
            return None
        raise PreconditionRequired("Read it first, then send the version you saw as `If-Match`.")
    match = _ONE_TAG.fullmatch(header.strip())
    if match is None:
        raise BadRequest('`If-Match` must be one entity tag as in `ETag`, for instance `"3"`.')
    ours = _OURS.fullmatch(match[2])
    if match[1] is not None or ours is None:  # strong comparison: a weak tag never matches (RFC 9110, 13.1.1)
        raise PreconditionFailed
    return IfMatch(int(ours[1]))


def not_modified(entity_tag: bytes, header: bytes) -> bool:
    """Whether `If-None-Match` says that the client has this already (weak comparison; RFC 9110, 13.1.2)."""
    wanted = entity_tag.strip(b'"').removesuffix(b"-gzip")
    if header.strip() == b"*":
        return True
    return any(match[2].removesuffix(b"-gzip") == wanted for match in _ONE_TAG.finditer(header))
