"""Codes of authenticator apps (RFC 6238): the values are pyotp's, that each works once is ours.

A code is taken one step of 30 seconds early or late, for clocks that go wrong; so it lives up
to 90 seconds, where ASVS 6.5.5 would have 30. It works once all the same.
"""

from __future__ import annotations

import base64
import hmac
import io
import secrets
from datetime import datetime
from typing import Final

import pyotp

STEP: Final = 30
"""Seconds (RFC 6238, 5.2)."""
DIGITS: Final = 6
SECRET_BYTES: Final = 20
"""160 bits, as long as the hash (RFC 4226, 4, R6)."""
WINDOW: Final = (0, -1, 1)


def new_secret() -> bytes:
    """A fresh secret."""
    return secrets.token_bytes(SECRET_BYTES)


def shown(secret: bytes) -> str:
    """The secret in Base32, as apps take it."""
    return base64.b32encode(secret).decode()


def uri_of(secret: bytes, *, account: str, issuer: str) -> str:
    """The `otpauth:` address that apps read out of the QR code."""
    return pyotp.TOTP(shown(secret), digits=DIGITS, interval=STEP).provisioning_uri(
        name=account, issuer_name=issuer
    )


def qr_svg(uri: str) -> str:
    """The QR code as SVG, for putting into a page."""
    # Late: a megabyte that a server carries once somebody has enrolled.
    import segno

    picture = io.BytesIO()
    segno.make_qr(uri, error="m").save(picture, kind="svg", scale=5, xmldecl=False, nl=False)
    return picture.getvalue().decode()


def qr_png(uri: str) -> str:
    """The QR code as a `data:` URL of a PNG."""
    # Late, as above.
    import segno

    return str(segno.make_qr(uri, error="m").png_data_uri(scale=5))


def step_of(secret: bytes, code: str, now: datetime) -> int | None:
    """The time step that this code is of, or None when it is of none near now.

    Every step is compared, each in constant time.
    """
    present = int(now.timestamp()) // STEP
    values = pyotp.TOTP(shown(secret), digits=DIGITS, interval=STEP)
    found = None
    for offset in WINDOW:
        step = max(0, present + offset)  # the first half minute of 1970 has no step before it
        if hmac.compare_digest(values.generate_otp(step), code):
            found = step
    return found
