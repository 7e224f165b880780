"""How a key is written, and what makes two requests the same."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from backstay.kernel.errors import FieldError
from backstay.kernel.http import Request
from backstay.kernel.signing import Mac
from backstay.systems.idempotency.contracts import KEY_LENGTH

HEADER: Final = b"idempotency-key"
PATTERN: Final = r'^("([ !#-\[\]-~]|\\["\\])+"|[!#-~][!-~]*)$'
"""A string in quotation marks (RFC 8941, 3.3.3), as the draft wants it, or bare, as everybody sends it."""
_FORM: Final = re.compile(PATTERN.encode("ascii"))
_ESCAPED: Final = re.compile(rb'\\(["\\])')
_POINTER: Final = "@idempotency-key"


def sent_key(request: Request, errors: list[FieldError]) -> str | None:
    """The key of a request, if it has one; the same whether it stands in quotation marks or not."""
    raw = request.raw_headers.get(HEADER)
    if raw is None:
        return None
    if sum(name == HEADER for name, _ in request.scope["headers"]) > 1:
        errors.append(FieldError(pointer=_POINTER, code="duplicate", message="is given more than once"))
        return None
    if not _FORM.fullmatch(raw):
        message = "must be visible ASCII characters, or a string in quotation marks"
        errors.append(FieldError(pointer=_POINTER, code="format", message=message))
        return None
    bare = _ESCAPED.sub(rb"\1", raw[1:-1]) if raw.startswith(b'"') else raw
    if len(bare) > KEY_LENGTH:
        message = f"must have at most {KEY_LENGTH} characters"
        errors.append(FieldError(pointer=_POINTER, code="length", message=message))
        return None
    return bare.decode("ascii")


def fingerprint(mac: Mac, parts: Iterable[bytes]) -> bytes:
    """32 bytes that two requests share only if every part of them is the same."""
    return mac.of(b"".join(b"%d:%b" % (len(part), part) for part in parts))
