"""Gift cards in a cart: which shall pay, and in which order."""

from __future__ import annotations

from uuid import UUID

from msgspec import structs

from backstay.kernel.database import UnitOfWork
from backstay.products.commerce.carts.contracts import MOST_GIFT_CARDS, PricedCart, Proof
from backstay.products.commerce.carts.errors import CartFull
from backstay.products.commerce.carts.service.keeping import cart_of, for_change, save
from backstay.products.commerce.carts.service.reckoning import priced
from backstay.products.commerce.giftcards import find
from backstay.products.commerce.shops import Shop


async def add_gift_card(
    uow: UnitOfWork,
    shop: Shop,
    cart_id: UUID,
    proof: Proof,
    code: str,
    *,
    expected: int | None = None,
) -> PricedCart:
    """Let a gift card pay, after those that are there. Nothing is taken from it before the cart is bought.

    Raises:
        NoSuchCart, CartCompleted, CartMerged, CartChanged: as `for_change`.
        GiftCardRefused: it could pay nothing here; nobody is told why.
        CartFull: that would be too many.
    """
    before = await for_change(uow, shop, cart_id, proof, expected=expected)
    card_id = await find(uow, shop, code, before.currency)
    there = before.gift_cards
    if card_id not in there and len(there) == MOST_GIFT_CARDS:
        raise CartFull(f"A cart has at most {MOST_GIFT_CARDS} gift cards.", most_gift_cards=MOST_GIFT_CARDS)
    row = structs.replace(before, gift_cards=tuple(dict.fromkeys((*there, card_id))))
    made = await priced(uow, shop, cart_of(row))
    return structs.replace(made, cart=cart_of(await save(uow, shop, before, row)))


async def remove_gift_card(
    uow: UnitOfWork,
    shop: Shop,
    cart_id: UUID,
    proof: Proof,
    card_id: UUID,
    *,
    expected: int | None = None,
) -> PricedCart:
    """Let a gift card pay no more; one that is not there changes nothing.

    Raises:
        NoSuchCart, CartCompleted, CartMerged, CartChanged: as `for_change`.
    """
    before = await for_change(uow, shop, cart_id, proof, expected=expected)
    row = structs.replace(before, gift_cards=tuple(one for one in before.gift_cards if one != card_id))
    made = await priced(uow, shop, cart_of(row))
    return structs.replace(made, cart=cart_of(await save(uow, shop, before, row)))
