"""Second factors, as they cross the border."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from backstay.kernel.http import Payload
from backstay.systems.identity.contracts.accounts import SignedIn


class FactorKind(StrEnum):
    """What a second factor is."""

    TOTP = "totp"
    """Codes of an authenticator app (RFC 6238)."""


class Factor(Struct, frozen=True):
    """A second factor of one's account."""

    id: UUID
    kind: FactorKind
    name: str
    confirmed_at: datetime | None
    """When it was first shown; before that it counts for nothing."""
    created_at: datetime
    used_at: datetime | None


class NewFactor(Payload, frozen=True, kw_only=True):
    """What to call an authenticator app."""

    name: Annotated[str, Meta(max_length=100)] = ""


class Enrolment(Struct, frozen=True, kw_only=True):
    """What an authenticator app needs; shown this once."""

    factor_id: UUID
    secret: str
    """Base32, for typing it in."""
    uri: str
    """`otpauth://totp/…`, as in the QR code."""
    qr_svg: str
    qr_png: str
    """A `data:` URL."""


class FactorProof(Payload, frozen=True, kw_only=True):
    """A code of an authenticator app."""

    code: Annotated[str, Meta(pattern=r"^[0-9]{6}$", examples=["492039"])]


class SecondFactorProof(Payload, frozen=True, kw_only=True):
    """One of the two."""

    code: Annotated[str, Meta(pattern=r"^[0-9]{6}$", examples=["492039"])] | None = None
    """Of an authenticator app."""
    recovery_code: Annotated[str, Meta(max_length=40)] | None = None
    """One of those that were shown once."""


class RecoveryCodes(Struct, frozen=True):
    """Codes for the day when the app is lost; each works once. Shown this once."""

    codes: list[str]


class EnrolmentDone(Struct, frozen=True, kw_only=True):
    """The session after the second factor was first shown."""

    session: SignedIn
    recovery_codes: list[str]
    """Shown this once; empty where there are some from an earlier factor."""
