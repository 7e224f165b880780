"""The statements of gift cards."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import BigInteger, func, insert, or_, select, true, update

from backstay.kernel.database import Uuid, any_of, database_now, equals, listing, param, statement
from backstay.products.commerce.giftcards.contracts import (
    Discrepancy,
    EntryKind,
    GiftCard,
    GiftCardEntry,
    Standing,
)
from backstay.products.commerce.giftcards.tables import cards, entries


class Moved(Struct, frozen=True):
    """A card after its balance moved."""

    id: UUID
    balance: int
    sequence: int
    """Of the entry that tells of it."""


class Taken(Struct, frozen=True):
    """What a payment took of a card."""

    card_id: UUID
    payment_id: UUID
    amount: int
    """Negative."""
    currency: str


class GivenBack(Struct, frozen=True):
    """What a refund gave back to a card."""

    fact_id: UUID
    amount: int


_CARD: Final = tuple(cards.c[name] for name in GiftCard.__struct_fields__)
_STANDING: Final = (
    *(cards.c[name] for name in Standing.__struct_fields__ if name != "judged_at"),
    database_now().label("judged_at"),
)
_MOVED: Final = (cards.c.id, cards.c.balance, cards.c.sequence)
_THIS: Final = (cards.c.shop_id == param("shop_id"), cards.c.id == param("id"))
_THESE: Final = (cards.c.shop_id == param("shop_id"), any_of(cards.c.id, "ids"))
_AMOUNT: Final = param("amount", BigInteger)
_NEXT: Final = cards.c.sequence + 1

ADD: Final = statement(insert(cards))
ADD_ENTRY: Final = statement(insert(entries))
GET: Final = statement(select(*_CARD).where(*_THIS), GiftCard)
LOCK: Final = statement(select(*_CARD).where(*_THIS).with_for_update(), GiftCard)
LIST: Final = listing(
    select(*_CARD).where(cards.c.shop_id == param("shop_id")),
    GiftCard,
    name="giftcards.list",
    key=cards.c.id,
    sorts={
        "created_at": cards.c.created_at,
        "balance": cards.c.balance,
        "expires_at": cards.c.expires_at,
    },
    default=("-created_at",),
    filters={
        "active": equals(cards.c.active, bool),
        "email": equals(cards.c.email, str, "As it was given."),
        "last_four": equals(cards.c.last_four, str, "Of the code, in capitals."),
        "currency": equals(cards.c.currency, str),
    },
)
ENTRIES: Final = listing(
    select(*(entries.c[name] for name in GiftCardEntry.__struct_fields__)).where(
        entries.c.card_id == param("card_id")
    ),
    GiftCardEntry,
    name="giftcards.entries",
    key=entries.c.sequence,
    sorts={"at": entries.c.at},
    default=("-at",),
    filters={"kind": equals(entries.c.kind, EntryKind)},
)
COUNT: Final = statement(select(func.count().label("count")).select_from(cards).where(cards.c.active), int)
CHANGE: Final = statement(
    update(cards)
    .where(*_THIS, cards.c.version == param("expected"))
    .values({name: param(name, cards.c[name].type) for name in ("active", "expires_at", "note", "email")})
)
ADJUST: Final = statement(
    update(cards)
    .where(
        *_THIS,
        cards.c.balance + param("by", BigInteger) >= 0,
        cards.c.balance + cards.c.spent + param("by", BigInteger) <= cards.c.initial,
    )
    .values(balance=cards.c.balance + param("by", BigInteger), sequence=_NEXT)
    .returning(*_MOVED),
    Moved,
)

BY_DIGEST: Final = statement(
    select(*_STANDING).where(cards.c.shop_id == param("shop_id"), cards.c.digest == param("digest")), Standing
)
STANDING: Final = statement(select(*_STANDING).where(*_THESE), Standing)
LOCK_ALL: Final = statement(
    select(*_STANDING).where(*_THESE).order_by(cards.c.id).with_for_update(), Standing
)
"""In the order of their ids, so that two who pay with the same cards do not wait for each other in a ring."""
TAKE: Final = statement(
    update(cards)
    .where(
        cards.c.id == param("id"),
        cards.c.currency == param("currency"),
        cards.c.active == true(),
        or_(cards.c.expires_at.is_(None), cards.c.expires_at > database_now()),
        cards.c.balance >= _AMOUNT,
    )
    .values(balance=cards.c.balance - _AMOUNT, spent=cards.c.spent + _AMOUNT, sequence=_NEXT)
    .returning(*_MOVED),
    Moved,
)
GIVE: Final = statement(
    update(cards)
    .where(cards.c.id == param("id"), cards.c.spent >= _AMOUNT)
    .values(balance=cards.c.balance + _AMOUNT, spent=cards.c.spent - _AMOUNT, sequence=_NEXT)
    .returning(*_MOVED),
    Moved,
)
"""To a card that is over or not active, too: the money is its holder's."""
HOLD: Final = statement(select(cards.c.id).where(cards.c.id == param("id")).with_for_update(), UUID)

TAKEN: Final = statement(
    select(entries.c.card_id, entries.c.payment_id, entries.c.amount, cards.c.currency)
    .join_from(entries, cards, cards.c.id == entries.c.card_id)
    .where(entries.c.fact_id == param("attempt_id", Uuid), entries.c.kind == EntryKind.TAKEN.value),
    Taken,
)
GIVEN: Final = statement(
    select(entries.c.fact_id, entries.c.amount)
    .where(entries.c.payment_id == param("payment_id", Uuid), entries.c.kind == EntryKind.GIVEN_BACK.value)
    .order_by(entries.c.sequence),
    GivenBack,
)
DISCREPANCIES: Final = statement(
    select(
        cards.c.id,
        cards.c.last_four,
        cards.c.balance,
        func.coalesce(func.sum(entries.c.amount), 0).label("entries"),
    )
    .join_from(cards, entries, entries.c.card_id == cards.c.id, isouter=True)
    .where(cards.c.shop_id == param("shop_id"))
    .group_by(cards.c.id, cards.c.last_four, cards.c.balance)
    .having(func.coalesce(func.sum(entries.c.amount), 0) != cards.c.balance)
    .order_by(cards.c.id)
    .limit(param("limit", BigInteger)),
    Discrepancy,
)
