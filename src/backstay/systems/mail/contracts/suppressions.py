"""Who gets no mail, and the reports that lead to it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct, field

from backstay.kernel.http import Payload
from backstay.systems.mail.contracts.messages import EmailText

EVERY_CATEGORY: Final = ""
"""As a suppression's category: nothing at all may be sent to the address."""


class SuppressionReason(StrEnum):
    """Why an address gets no mail."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    UNSUBSCRIBED = "unsubscribed"
    MANUAL = "manual"


class Suppression(Struct, frozen=True):
    """An address that gets no mail, of a category or at all."""

    id: UUID
    address: str
    """As it is compared: lower case, the domain in ASCII."""
    category: str
    """Empty: of any category."""
    reason: SuppressionReason
    detail: str
    created_at: datetime


class NewSuppression(Payload, frozen=True, kw_only=True):
    """An address to be put on the list."""

    address: EmailText
    category: Annotated[str, Meta(max_length=60)] = EVERY_CATEGORY
    detail: Annotated[str, Meta(max_length=500)] = ""


class FeedbackKind(StrEnum):
    """What a provider or a recipient's server reported."""

    HARD_BOUNCE = "hard_bounce"
    SOFT_BOUNCE = "soft_bounce"
    COMPLAINT = "complaint"
    DELIVERED = "delivered"


class Feedback(Payload, frozen=True, kw_only=True):
    """A report about a mail or an address."""

    kind: FeedbackKind
    address: EmailText
    message_id: Annotated[str | None, Meta(description="The `Message-ID` header, or our id.")] = None
    status: Annotated[
        str, Meta(max_length=20, description="The enhanced status code (RFC 3463), such as `5.1.1`.")
    ] = ""
    diagnostic: Annotated[str, Meta(max_length=1000)] = ""


class FeedbackResult(Struct, frozen=True, kw_only=True):
    """What became of reports."""

    accepted: int
    suppressed: list[str] = field(default_factory=list)
    """Addresses that are on the suppression list because of them."""
    matched: list[UUID] = field(default_factory=list)
    """Mails that they are about."""
