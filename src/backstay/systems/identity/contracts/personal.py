"""A person's data as a whole: exported, erased, and the receipts for both."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct


class ReceiptKind(StrEnum):
    """What was asked for."""

    EXPORT = "export"
    ERASURE = "erasure"


class PersonalReceipt(Struct, frozen=True):
    """That somebody asked for their data or its end, and what became of it."""

    id: UUID
    kind: ReceiptKind
    requested_at: datetime
    done_at: datetime | None
    details: dict[str, int]
    """Rows erased, or bytes exported, by module; empty until it is done."""


class NewReceipt(Struct, frozen=True, kw_only=True):
    """A receipt when it is made. The token is shown this once; it works when the account is gone, too."""

    receipt: PersonalReceipt
    token: str
