"""A guest signs in: their cart becomes their account's."""

from __future__ import annotations

from uuid import UUID

from msgspec import structs

from backstay.kernel.database import UnitOfWork
from backstay.products.commerce.carts import queries
from backstay.products.commerce.carts.contracts import (
    MOST_CODES,
    MOST_GIFT_CARDS,
    CartState,
    PricedCart,
    Proof,
)
from backstay.products.commerce.carts.errors import NoSuchCart, SignInToMerge
from backstay.products.commerce.carts.queries import Row
from backstay.products.commerce.carts.service.holding import let_go
from backstay.products.commerce.carts.service.keeping import (
    cart_of,
    proves,
    refuse_closed,
    save,
)
from backstay.products.commerce.carts.service.lines import merged
from backstay.products.commerce.carts.service.reckoning import priced
from backstay.products.commerce.carts.settings import CartsSettings
from backstay.products.commerce.shops import Shop


async def merge(uow: UnitOfWork, shop: Shop, guest_id: UUID, proof: Proof) -> PricedCart:
    """Bring a guest's cart to the account of whoever is signed in, in the shop's way; again, it is there.

    Where the account has no cart, the guest's is it from now on. Else what the shop's way leaves out is
    saved for later. Both carts are locked, so that what is put into either meanwhile is in the one or
    refused.

    Raises:
        SignInToMerge: nobody is signed in.
        NoSuchCart: there is none, or the token is not of it.
        CartCompleted: it was bought.
        CartMerged: it is in somebody else's cart, or in one that was bought since.
        CartFull: together they are more than a cart may be.
    """
    if proof.customer_id is None:
        raise SignInToMerge
    rows = await uow.all(queries.LOCK_BOTH, shop_id=shop.id, id=guest_id, customer_id=proof.customer_id)
    guest = next((row for row in rows if row.id == guest_id), None)
    account = next((row for row in rows if row.id != guest_id), None)
    if guest is None or not proves(guest, proof):
        raise NoSuchCart
    if guest.state is CartState.MERGED and account is not None and guest.merged_into == account.id:
        return await priced(uow, shop, cart_of(account))
    refuse_closed(guest)
    if guest.customer_id is not None:
        return await priced(uow, shop, cart_of(guest))
    if account is None:
        adopted = structs.replace(guest, customer_id=proof.customer_id, token_digest=None)
        return await priced(uow, shop, cart_of(await save(uow, shop, guest, adopted)))
    # Nobody is kept from signing in by what is out of stock: both let go, and the next change holds anew.
    await let_go(uow, account)
    account = structs.replace(account, held_until=None)
    free = structs.replace(shop, cart_hold=None)
    await save(uow, free, guest, structs.replace(guest, state=CartState.MERGED, merged_into=account.id))
    both = await save(uow, free, account, _together(shop, account, guest, uow.part(CartsSettings)))
    return await priced(uow, shop, cart_of(both))


def _together(shop: Shop, account: Row, guest: Row, settings: CartsSettings) -> Row:
    guests = guest.lines
    if guest.currency != account.currency:
        guests = tuple(structs.replace(line, seen_price=None) for line in guests)
    entered = {code.upper(): code for code in (*guest.codes, *account.codes)}
    return structs.replace(
        account,
        lines=merged(shop.merge, account.lines, guests, settings=settings),
        codes=tuple(entered.values())[:MOST_CODES],
        gift_cards=tuple(dict.fromkeys((*account.gift_cards, *guest.gift_cards)))[:MOST_GIFT_CARDS],
        email=account.email or guest.email,
        note=account.note or guest.note,
        shipping_address=account.shipping_address or guest.shipping_address,
        billing_address=account.billing_address or guest.billing_address,
        shipping_method=account.shipping_method or guest.shipping_method,
    )
