"""Signatures of events as Stripe makes them: `t=…,v1=…`, HMAC-SHA256 over time, dot and raw body."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from backstay.systems.payments.errors import BadSignature

TOLERANCE: Final = 300
"""Seconds that the time of signing may be away from now, on either side."""
_MOST: Final = 20
"""Signatures that are looked at: a provider sends one a secret, and secrets are two while they rotate."""


def signature_of(secret: bytes, at: int, body: bytes) -> str:
    """The value of the header."""
    return f"t={at},v1={_tag(secret, at, body)}"


def verify(secrets: Sequence[bytes], header: str | None, body: bytes, now: datetime) -> None:
    """Let an event pass that one of the secrets signed.

    Raises:
        BadSignature: none did, or not within the tolerance.
    """
    at, tags = _parts(header or "")
    if at is None or not tags:
        raise BadSignature("The signature header is missing or cannot be read.")
    # Every pair is compared, each in constant time.
    matches = [
        hmac.compare_digest(_tag(secret, at, body).encode(), tag.encode())
        for secret in secrets
        for tag in tags
    ]
    if not any(matches):
        raise BadSignature("No signature fits the body.")
    if abs(now.timestamp() - at) > TOLERANCE:
        raise BadSignature(f"It was signed more than {TOLERANCE} seconds away from now.")


def _tag(secret: bytes, at: int, body: bytes) -> str:
    return hmac.digest(secret, f"{at}.".encode() + body, hashlib.sha256).hex()


def _parts(header: str) -> tuple[int | None, list[str]]:
    at, tags = None, list[str]()
    for part in header.split(",")[: _MOST + 1]:
        name, _, value = part.strip().partition("=")
        if name == "t" and value.isascii() and value.isdigit() and len(value) <= 12:
            at = int(value)
        elif name == "v1":
            tags.append(value)
    return at, tags
