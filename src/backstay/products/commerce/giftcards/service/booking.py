"""The lines of a card's book."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from backstay.products.commerce.giftcards.contracts import EntryKind
from backstay.products.commerce.giftcards.queries import Moved


def booked(
    moved: Moved,
    kind: EntryKind,
    amount: int,
    *,
    payment_id: UUID | None = None,
    fact_id: UUID | None = None,
    reason: str | None = None,
) -> dict[str, Any]:
    """The entry of a balance that moved, to be written with it."""
    return {
        "card_id": moved.id,
        "sequence": moved.sequence,
        "kind": kind.value,
        "amount": amount,
        "balance": moved.balance,
        "payment_id": payment_id,
        "fact_id": fact_id,
        "reason": reason,
    }
