"""Gift cards in carts and at the checkout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backstay.kernel.database import Reader, UnitOfWork
from backstay.products.commerce.giftcards import queries
from backstay.products.commerce.giftcards.contracts import PROVIDER, Discrepancy, Share, Standing
from backstay.products.commerce.giftcards.errors import GiftCardRefused
from backstay.products.commerce.giftcards.service.codes import CardCodes
from backstay.products.commerce.shops import Shop
from backstay.systems import payments

_SHOWN: Final = 100


async def find(reader: Reader, shop: Shop, code: str, currency: str) -> UUID:
    """The card of a code, if it could pay something now.

    Raises:
        GiftCardRefused: there is none, or it cannot be used; nobody is told which, nor by the time it takes.
    """
    digest = reader.part(CardCodes).digest(shop.id, code)
    card = await reader.first(queries.BY_DIGEST, shop_id=shop.id, digest=digest)
    if card is None or not card.usable(currency):
        raise GiftCardRefused
    return card.id


async def standing(reader: Reader, shop: Shop, ids: Sequence[UUID]) -> list[Standing]:
    """Cards as they are now, in the order of `ids`; no question where there are none."""
    if not ids:
        return []
    found = await reader.all(queries.STANDING, shop_id=shop.id, ids=list(ids))
    return _in_order(found, ids)


async def locked(uow: UnitOfWork, shop: Shop, ids: Sequence[UUID]) -> list[Standing]:
    """As `standing`; nobody else moves their balances until the commit."""
    if not ids:
        return []
    found = await uow.all(queries.LOCK_ALL, shop_id=shop.id, ids=list(ids))
    return _in_order(found, ids)


def shares(cards: Sequence[Standing], currency: str, total: int) -> tuple[Share, ...]:
    """What each card pays of a total in minor units: the first as much as it can, then the next."""
    found = []
    for card in cards:
        balance = card.usable(currency)
        share = Share(id=card.id, last_four=card.last_four, balance=balance, amount=min(balance, total))
        total -= share.amount
        found.append(share)
    return tuple(found)


def source_of(card_id: UUID) -> payments.provider.Source:
    """A card, as payments ask it for money."""
    return payments.provider.Source(PROVIDER, str(card_id))


async def invariants(reader: Reader, shop_id: UUID) -> list[Discrepancy]:
    """The shop's cards whose balance is not the sum of their entries: none, as long as promises are kept."""
    return await reader.all(queries.DISCREPANCIES, shop_id=shop_id, limit=_SHOWN)


def _in_order(found: Sequence[Standing], ids: Sequence[UUID]) -> list[Standing]:
    by_id = {card.id: card for card in found}
    return [by_id[one] for one in ids if one in by_id]
