"""Second factors, as they cross the border."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

from backstay.kernel.http import Payload
from backstay.systems.identity.contracts.accounts import PasswordText, SignedIn

CodeText = Annotated[str, Meta(pattern=r"^[0-9]{6}$", examples=["492039"])]
FactorName = Annotated[
    str, Meta(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$", description="What its owner calls it.")
]
RecoveryText = Annotated[str, Meta(max_length=40)]


class FactorKind(StrEnum):
    """What a second factor is."""

    TOTP = "totp"
    """Codes of an authenticator app (RFC 6238)."""
    SMS = "sms"
    """Codes sent to a phone: weaker than the others, and only beside one of them."""


class Factor(Struct, frozen=True):
    """A second factor of one's account."""

    id: UUID
    kind: FactorKind
    name: str
    hint: str
    """The end of a phone's number; empty for an app."""
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


class NewPhone(Payload, frozen=True, kw_only=True):
    """A phone that codes shall be sent to."""

    number: Annotated[
        str,
        Meta(
            min_length=8,
            max_length=32,
            description="With its country, as `+44 7700 900123` (E.164); spaces, dots, dashes and brackets "
            "do not matter.",
            examples=["+44 7700 900123"],
        ),
    ]
    name: FactorName = ""


class PhoneEnrolment(Struct, frozen=True, kw_only=True):
    """A code is on its way to the phone, which counts for nothing until that is shown."""

    factor_id: UUID
    hint: str
    expires_in: int
    """Seconds that the code holds."""
    warning: str
    """What whoever uses such codes has to know (ASVS 6.6.1)."""


class PhoneChoice(Payload, frozen=True, kw_only=True):
    """The phone to send a code to."""

    factor_id: UUID


class CodeOnItsWay(Struct, frozen=True, kw_only=True):
    """A code that is good for this session alone, and in place of any earlier one."""

    hint: str
    expires_in: int
    """Seconds that it holds."""


class Phone(Struct, frozen=True):
    """A phone that codes can be sent to."""

    factor_id: UUID
    name: str
    hint: str


class Ways(Struct, frozen=True, kw_only=True):
    """What whoever asks may show as a second factor; all false for one who has none."""

    app: bool
    passkey: bool
    recovery_code: bool
    phones: list[Phone]


class FactorProof(Payload, frozen=True, kw_only=True):
    """The first code of an authenticator app, or the one that was sent to a phone."""

    code: CodeText


class SecondFactorProof(Payload, frozen=True, kw_only=True):
    """One of the three."""

    code: CodeText | None = None
    """Of an authenticator app."""
    recovery_code: RecoveryText | None = None
    """One of those that were shown once."""
    sms_code: CodeText | None = None
    """The one that was sent to a phone for this session."""


class Confirmation(Payload, frozen=True, kw_only=True):
    """The password once more, and one of the rest where the account has a second factor."""

    password: PasswordText
    code: CodeText | None = None
    """Of an authenticator app."""
    recovery_code: RecoveryText | None = None
    sms_code: CodeText | None = None
    credential: Annotated[dict[str, Any], Meta(max_length=20)] | None = None
    """What a passkey answered, as the browser's `credential.toJSON()` returns it."""


class RecoveryCodes(Struct, frozen=True):
    """Codes for the day when the app is lost; each works once. Shown this once."""

    codes: list[str]


class EnrolmentDone(Struct, frozen=True, kw_only=True):
    """The session after the second factor was first shown."""

    session: SignedIn
    recovery_codes: list[str]
    """Shown this once; empty where there are some from an earlier factor."""


class Text(Struct, frozen=True):
    """A text message that development kept instead of sending it."""

    id: UUID
    number: str
    body: str
    created_at: datetime
