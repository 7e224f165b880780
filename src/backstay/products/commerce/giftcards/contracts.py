"""What gift cards take and give."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from backstay.kernel.money import MAX_AMOUNT, CurrencyCode
from backstay.kernel.patterns import MAIL_ADDRESS, NOT_BLANK

PROVIDER: Final = "gift_card"
"""What payments call whoever pays with a card."""
ISSUED_AT_ONCE: Final = 1_000

CardCode = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        description="As it was handed out; case, blanks and hyphens do not matter.",
        examples=["7K3M-Q9TZ-04VD-HN2X"],
    ),
]
CardNote = Annotated[str, Meta(max_length=500)]
Email = Annotated[str, Meta(max_length=254, pattern=MAIL_ADDRESS, examples=["ada@example.test"])]
Moment = Annotated[datetime, Meta(tz=True)]


class NewGiftCards(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Cards to be issued, all alike."""

    amount: Annotated[int, Meta(ge=1, le=MAX_AMOUNT, description="Minor units on each.", examples=[5000])]
    currency: CurrencyCode | None = None
    """The shop's own when not said."""
    count: Annotated[int, Meta(ge=1, le=ISSUED_AT_ONCE)] = 1
    expires_at: Moment | None = None
    """From then on it pays nothing; for ever when not said."""
    note: CardNote = ""
    """For the merchant's people."""
    email: Email | None = None
    """Whom it is for, as far as that is known; nothing is sent there."""


class GiftCardChanges(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change; what is left out stays."""

    active: bool | UnsetType = UNSET
    """Whether it pays. What orders hold of it is theirs either way."""
    expires_at: Moment | UnsetType | None = UNSET
    note: CardNote | UnsetType = UNSET
    email: Email | UnsetType | None = UNSET


class GiftCardAdjustment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A balance to be put right by hand."""

    by: Annotated[
        int,
        Meta(ge=-MAX_AMOUNT, le=MAX_AMOUNT, description="Minor units; negative to take.", examples=[-500]),
    ]
    reason: Annotated[str, Meta(min_length=1, max_length=300, pattern=NOT_BLANK)]


class GiftCard(Struct, frozen=True):
    """A card, as its shop sees it; its code is known to whoever holds it alone."""

    id: UUID
    last_four: str
    """Of its code."""
    currency: str
    initial: int
    """Minor units that were on it when it was issued."""
    balance: int
    spent: int
    """Minor units that purchases hold of it; they come back to it when they are refunded."""
    expires_at: datetime | None
    active: bool
    note: str
    email: str | None
    created_at: datetime
    updated_at: datetime
    version: int
    """Grows with every change, purchases included; send it back as `If-Match`."""


class IssuedGiftCard(Struct, frozen=True, kw_only=True):
    """A new card with its code, which is shown this once."""

    card: GiftCard
    code: str


class IssuedGiftCards(Struct, frozen=True, kw_only=True):
    """New cards; nobody can show their codes again."""

    items: list[IssuedGiftCard]


class EntryKind(StrEnum):
    """What moved a balance."""

    ISSUED = "issued"
    TAKEN = "taken"
    """A purchase was paid with it."""
    GIVEN_BACK = "given_back"
    """Of a purchase that was refunded."""
    ADJUSTED = "adjusted"


class GiftCardEntry(Struct, frozen=True):
    """A line of a card's book; a balance is the sum of them."""

    sequence: int
    """A card's lines are numbered from 1, without a gap."""
    kind: EntryKind
    amount: int
    """Minor units; negative for what was taken."""
    balance: int
    """After it."""
    payment_id: UUID | None
    reason: str | None
    at: datetime


class Standing(Struct, frozen=True):
    """What a card could pay with at one moment."""

    id: UUID
    last_four: str
    currency: str
    balance: int
    active: bool
    expires_at: datetime | None
    judged_at: datetime
    """By the database's clock."""

    def usable(self, currency: str) -> int:
        """Minor units that it would pay of a sum in the currency, at most."""
        over = self.expires_at is not None and self.expires_at <= self.judged_at
        return 0 if over or not self.active or self.currency != currency else self.balance


class Share(Struct, frozen=True, kw_only=True):
    """What a card pays of a purchase."""

    id: UUID
    last_four: str
    balance: int
    """Minor units that it could pay, in the purchase's currency; 0 for a card that cannot be used."""
    amount: int
    """Of them, what it pays of this purchase."""


class Discrepancy(Struct, frozen=True):
    """A card whose balance is not the sum of its entries."""

    id: UUID
    last_four: str
    balance: int
    entries: int
    """Their sum."""
