"""Goods that a cart holds before it is bought, in shops that want it so."""

from __future__ import annotations

from datetime import datetime, timedelta

from backstay.kernel.database import UnitOfWork
from backstay.products.commerce.carts.contracts import CartState
from backstay.products.commerce.carts.queries import Row
from backstay.products.commerce.inventory import Want, release, reserve
from backstay.products.commerce.shops import Shop


async def hold(uow: UnitOfWork, shop: Shop, before: Row, after: Row) -> datetime | None:
    """Hold what is in a cart from now on; until when, or None where nothing is held.

    The time begins anew with every change of what is to be bought, and with no other: a cart that is only
    looked at holds nothing for ever.

    Args:
        uow: in the shop's organization, holds the cart's lock.
        shop: whose `cart_hold` says for how long.
        before: the cart as it is kept.
        after: as it shall be.

    Raises:
        InsufficientStock: there is too little of something, beside what the cart holds already.
    """
    wants = _wants(after)
    if shop.cart_hold is None or after.state is not CartState.OPEN or not wants:
        await let_go(uow, before)
        return None
    if wants == _wants(before):
        return before.held_until
    until = uow.now() + timedelta(seconds=shop.cart_hold)
    await reserve(uow, shop.id, after.id, wants, until=until, first=before.held_until is None)
    return until


async def let_go(uow: UnitOfWork, cart: Row) -> None:
    """Let others have what a cart holds, if it holds anything."""
    if cart.held_until is not None:
        await release(uow, cart.id)


def _wants(cart: Row) -> list[Want]:
    return [Want(line.variant_id, line.quantity) for line in cart.lines if not line.saved]
