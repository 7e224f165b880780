"""What merchants do with gift cards."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from msgspec import UNSET, structs

from backstay.kernel.database import ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.errors import FieldError, Invalid
from backstay.kernel.ids import uuid7
from backstay.kernel.trail import record
from backstay.products.commerce.giftcards import queries
from backstay.products.commerce.giftcards.contracts import (
    EntryKind,
    GiftCard,
    GiftCardAdjustment,
    GiftCardChanges,
    GiftCardEntry,
    IssuedGiftCard,
    NewGiftCards,
)
from backstay.products.commerce.giftcards.errors import BalanceOutOfRange, NoSuchGiftCard, StaleGiftCard
from backstay.products.commerce.giftcards.service import codes
from backstay.products.commerce.giftcards.service.booking import booked
from backstay.products.commerce.giftcards.service.codes import CardCodes
from backstay.products.commerce.shops import Shop


async def issue(uow: UnitOfWork, shop: Shop, new: NewGiftCards) -> list[IssuedGiftCard]:
    """Issue cards, each with a code of its own, which nobody can show again.

    Raises:
        Invalid: the shop does not sell in the currency, or they would be over already.
    """
    currency = new.currency or shop.currency
    errors = []
    if currency not in shop.currencies:
        message = "must be one of the currencies that the shop sells in"
        errors.append(FieldError(pointer="/currency", code="choice", message=message))
    if new.expires_at is not None and new.expires_at <= uow.now():
        errors.append(FieldError(pointer="/expires_at", code="range", message="must be in the future"))
    if errors:
        raise Invalid(*errors)
    issued = [_new(uow, new, currency) for _ in range(new.count)]
    known = uow.part(CardCodes)
    rows = [
        {
            **{name: getattr(one.card, name) for name in _WRITTEN},
            "shop_id": shop.id,
            "digest": known.digest(shop.id, one.code),
            "sequence": 1,
        }
        for one in issued
    ]
    await uow.execute_many(queries.ADD, rows)
    first = [
        booked(queries.Moved(one.card.id, new.amount, 1), EntryKind.ISSUED, new.amount) for one in issued
    ]
    await uow.execute_many(queries.ADD_ENTRY, first)
    record(
        uow,
        "giftcards.cards_issued",
        subject=("shop", shop.id),
        after={"count": new.count, "amount": new.amount, "currency": currency, "expires_at": new.expires_at},
    )
    return issued


def _new(uow: UnitOfWork, new: NewGiftCards, currency: str) -> IssuedGiftCard:
    code = codes.made()
    card = GiftCard(
        id=uuid7(),
        last_four=codes.last_four(code),
        currency=currency,
        initial=new.amount,
        balance=new.amount,
        spent=0,
        expires_at=new.expires_at,
        active=True,
        note=new.note,
        email=new.email,
        created_at=uow.now(),
        updated_at=uow.now(),
        version=1,
    )
    return IssuedGiftCard(card=card, code=code)


_WRITTEN = tuple(
    name for name in GiftCard.__struct_fields__ if name not in {"created_at", "updated_at", "version"}
)
"""What the statement layer does not fill in."""


async def get(reader: Reader, shop: Shop, card_id: UUID) -> GiftCard:
    """A card of the shop.

    Raises:
        NoSuchGiftCard: it has none with this id.
    """
    card = await reader.first(queries.GET, shop_id=shop.id, id=card_id)
    if card is None:
        raise NoSuchGiftCard
    return card


async def list_(reader: Reader, shop: Shop, request: ListRequest) -> Page[GiftCard]:
    """The shop's cards."""
    return await reader.page(queries.LIST, request, shop_id=shop.id)


async def entries(reader: Reader, shop: Shop, card_id: UUID, request: ListRequest) -> Page[GiftCardEntry]:
    """What moved a card's balance.

    Raises:
        NoSuchGiftCard: the shop has none with this id.
    """
    await get(reader, shop, card_id)
    return await reader.page(queries.ENTRIES, request, card_id=card_id)


async def change(
    uow: UnitOfWork, shop: Shop, card_id: UUID, changes: GiftCardChanges, *, expected: int
) -> GiftCard:
    """Change what is named, if the card still has the version expected.

    Raises:
        NoSuchGiftCard: the shop has none with this id.
        StaleGiftCard: it was changed since.
    """
    before = await uow.first(queries.LOCK, shop_id=shop.id, id=card_id)
    if before is None:
        raise NoSuchGiftCard
    if before.version != expected:
        stale = StaleGiftCard(version=before.version)
        stale.headers["ETag"] = f'"{before.version}"'
        raise stale
    named: dict[str, Any] = {
        name: value for name, value in structs.asdict(changes).items() if value is not UNSET
    }
    values = {name: getattr(before, name) for name in GiftCardChanges.__struct_fields__} | named
    await uow.execute(queries.CHANGE, shop_id=shop.id, id=card_id, expected=expected, **values)
    record(
        uow,
        "giftcards.card_changed",
        subject=("gift_card", card_id),
        before=_told({name: getattr(before, name) for name in named}),
        after=_told(named),
    )
    return await get(uow, shop, card_id)


async def adjust(uow: UnitOfWork, shop: Shop, card_id: UUID, asked: GiftCardAdjustment) -> GiftCard:
    """Put a balance right by hand. What was issued can be taken and given again, and never more than that.

    Raises:
        NoSuchGiftCard: the shop has none with this id.
        Invalid: by nothing.
        BalanceOutOfRange: the card would hold less than nothing, or more than it may.
    """
    if asked.by == 0:
        raise Invalid(FieldError(pointer="/by", code="range", message="must not be 0"))
    moved = await uow.first(queries.ADJUST, shop_id=shop.id, id=card_id, by=asked.by)
    if moved is None:
        card = await get(uow, shop, card_id)
        raise BalanceOutOfRange(balance=card.balance, most=card.initial - card.spent)
    uow.write(queries.ADD_ENTRY, booked(moved, EntryKind.ADJUSTED, asked.by, reason=asked.reason))
    record(
        uow,
        "giftcards.card_adjusted",
        subject=("gift_card", card_id),
        before={"balance": moved.balance - asked.by},
        after={"balance": moved.balance, "reason": asked.reason},
    )
    return await get(uow, shop, card_id)


def _told(values: dict[str, Any]) -> dict[str, Any]:
    """As the trail keeps them: whose a card is, is theirs, so it is said only whether somebody is named."""
    return {name: value is not None if name == "email" else value for name, value in values.items()}
