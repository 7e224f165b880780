"""A guest's cart comes to the account of whoever signed in, and what changed by that is said in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from backstay.kernel.actor import Actor
from backstay.kernel.database import Database, UnitOfWork
from backstay.products.commerce import carts
from backstay.products.commerce.carts import Cart, CartState, PricedCart, Proof
from backstay.products.commerce.shops import enter
from backstay.products.commerce.storefront.http.cookies import Held

_TOO_MUCH: Final = (
    "What you had put into the cart before you signed in does not fit in beside what is there. "
    "Take something out; it comes with the next page."
)


async def brought(database: Database, person: Actor, slug: str, guests: Held) -> tuple[tuple[str, ...], bool]:
    """Bring the cart to the account; again, it is there.

    Returns:
        What is to be told, and whether the browser need not hold the guest's cart any more.

    Raises:
        NoSuchShop: there is none of this name, or it is closed.
    """

    async def work(uow: UnitOfWork) -> tuple[str, ...]:
        inside, shop = await enter(uow, slug)
        guest = await carts.get(inside, shop, guests.cart_id, guests.proof)
        proof = Proof(customer_id=person.id, token=guests.proof.token)
        try:
            before: Cart | None = await carts.own(inside, shop, proof)
        except carts.NoSuchCart:
            before = None
        after = await carts.merge(inside, shop, guests.cart_id, proof)
        return tuple(_told(guest, before, after)) if guest.state is CartState.OPEN else ()

    try:
        return await database.run(person, work), True
    except carts.CartFull:
        return (_TOO_MUCH,), False
    except (carts.NoSuchCart, carts.CartCompleted, carts.CartMerged):
        return (), True  # it is over, and there is nothing to bring


def _told(guest: Cart, before: Cart | None, after: PricedCart) -> Iterable[str]:
    """Each line that is otherwise than somebody saw it last: as a guest, or with their account."""
    if before is None or before.id == guest.id or not guest.lines:
        return
    yield "Your cart has what you had put in before you signed in, and what was with your account."
    mine, theirs = _bought(before), _bought(guest)
    for one in after.lines:
        here, there = mine.get(one.line.variant_id, 0), theirs.get(one.line.variant_id, 0)
        now = 0 if one.line.saved else one.line.quantity
        if now == there == here or (one.line.saved and not (here or there)):
            continue
        name = one.offer.title if one.offer is not None else "Something that is not for sale any more"
        if not now:
            yield f"{name}: saved for later."
        elif here and there:
            yield f"{name}: {here} with your account, {there} just now; there are {now} in the cart."
        else:
            yield f"{name}: {now}, {'put in just now' if there else 'from your account'}."


def _bought(cart: Cart) -> dict[UUID, int]:
    return {line.variant_id: line.quantity for line in cart.lines if not line.saved}
