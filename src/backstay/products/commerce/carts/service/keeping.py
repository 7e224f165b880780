"""Carts are opened, proven, read, locked, saved and completed here."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from hmac import compare_digest
from secrets import token_urlsafe
from typing import Final
from uuid import UUID

from msgspec import structs

from backstay.kernel.actor import Actor, ActorKind
from backstay.kernel.database import LostRace, Reader, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.products.commerce.carts import queries
from backstay.products.commerce.carts.contracts import Cart, CartState, Proof
from backstay.products.commerce.carts.errors import CartChanged, CartCompleted, CartMerged, NoSuchCart
from backstay.products.commerce.carts.queries import Row
from backstay.products.commerce.carts.service.holding import hold
from backstay.products.commerce.carts.service.lines import differences, remembered, units
from backstay.products.commerce.carts.settings import CartsSettings
from backstay.products.commerce.shops import Shop

TOKEN_BYTES: Final = 32
"""Random bytes of a token: 256 bits, twice what guessing over a network could ever threaten."""


def proof_of(actor: Actor | None, token: str | None) -> Proof:
    """What a request shows. Whoever is no person, a service's key perhaps, has the token alone."""
    is_person = actor is not None and actor.kind is ActorKind.USER
    return Proof(customer_id=actor.id if is_person and actor is not None else None, token=token)


def cart_of(row: Row) -> Cart:
    """The cart without what proves it."""
    return Cart(**{name: getattr(row, name) for name in Cart.__struct_fields__})


async def get(reader: Reader, shop: Shop, cart_id: UUID, proof: Proof) -> Cart:
    """A cart, in whatever state.

    Raises:
        NoSuchCart: there is none, or the proof is not of it; nobody is told which.
    """
    row = await reader.first(queries.GET, shop_id=shop.id, id=cart_id)
    return cart_of(_proven(row, proof))


async def own(reader: Reader, shop: Shop, proof: Proof) -> Cart:
    """The open cart of whoever is signed in.

    Raises:
        NoSuchCart: they have none in this shop, or nobody is signed in.
    """
    row = None
    if proof.customer_id is not None:
        row = await reader.first(queries.OWN, shop_id=shop.id, customer_id=proof.customer_id)
    return cart_of(_proven(row, proof))


async def seen_by_merchant(reader: Reader, shop: Shop, cart_id: UUID) -> Cart:
    """A cart of one's own shop, for its merchants.

    Raises:
        NoSuchCart: the shop has none with this id.
    """
    row = await reader.first(queries.GET, shop_id=shop.id, id=cart_id)
    if row is None:
        raise NoSuchCart
    return cart_of(row)


async def locked(uow: UnitOfWork, shop: Shop, cart_id: UUID, proof: Proof) -> Cart:
    """A cart that nobody else changes until the unit ends, in whatever state: look at `state` first.

    Raises:
        NoSuchCart: there is none, or the proof is not of it.
    """
    row = await uow.first(queries.LOCK, shop_id=shop.id, id=cart_id)
    return cart_of(_proven(row, proof))


def complete(uow: UnitOfWork, cart: Cart, order_id: UUID) -> None:
    """Note that an order was made of a cart that the unit has `locked`; the same order again changes nothing.

    Raises:
        CartCompleted: another order was made of it.
        CartMerged: it is in another cart.
    """
    if cart.order_id == order_id:
        return
    refuse_closed(cart)
    uow.write(queries.COMPLETE, {"id": cart.id, "order_id": order_id})


async def opened(
    uow: UnitOfWork, shop: Shop, proof: Proof, *, currency: str, country: str, email: str | None
) -> tuple[Row, str | None]:
    """A new guest's cart with its token, or the open cart of whoever is signed in, made if need be."""
    if proof.customer_id is not None:
        there = await uow.first(queries.OWN, shop_id=shop.id, customer_id=proof.customer_id)
        if there is not None:
            return await _own_locked(uow, shop, there.id), None
    token = None if proof.customer_id is not None else token_urlsafe(TOKEN_BYTES)
    row = Row(
        id=uuid7(),
        shop_id=shop.id,
        state=CartState.OPEN,
        customer_id=proof.customer_id,
        token_digest=None if token is None else _digest(token),
        currency=currency,
        country=country,
        email=email,
        note=None,
        shipping_address=None,
        billing_address=None,
        shipping_method=None,
        codes=(),
        gift_cards=(),
        lines=(),
        changes=(),
        order_id=None,
        merged_into=None,
        held_until=None,
        expires_at=uow.now() + _kept(uow, proof.customer_id),
        created_at=uow.now(),
        updated_at=uow.now(),
        version=1,
    )
    stamped = ("created_at", "updated_at", "version")
    values = {name: value for name, value in structs.asdict(row).items() if name not in stamped}
    # Two first carts of one account at once run into the unique key; the second finds the first then.
    await uow.execute(queries.CREATE, **values | {"state": row.state.value, "units": 0})
    return row, token


async def _own_locked(uow: UnitOfWork, shop: Shop, cart_id: UUID) -> Row:
    row = await uow.first(queries.LOCK, shop_id=shop.id, id=cart_id)
    if row is None or row.state is not CartState.OPEN:
        # It was bought this very moment: the unit begins anew and finds none.
        raise LostRace
    return row


async def for_change(
    uow: UnitOfWork, shop: Shop, cart_id: UUID, proof: Proof, *, expected: int | None
) -> Row:
    """An open cart, locked, as the shopper saw it last.

    Raises:
        NoSuchCart: there is none, or the proof is not of it.
        CartCompleted: it was bought.
        CartMerged: it is in another cart.
        CartChanged: it has another version than `expected`.
    """
    found = await uow.first(queries.LOCK, shop_id=shop.id, id=cart_id)
    row = _proven(found, proof)
    refuse_closed(row)
    if expected is not None and row.version != expected:
        raise CartChanged(row.version, differences(cart_of(row), expected))
    return row


def refuse_closed(row: Row | Cart) -> None:
    """Refuse what is not open any more.

    Raises:
        CartCompleted: it was bought.
        CartMerged: it is in another cart.
    """
    if row.state is CartState.COMPLETED:
        raise CartCompleted(row.order_id)
    if row.state is CartState.MERGED:
        raise CartMerged(row.merged_into)


async def save(uow: UnitOfWork, shop: Shop, before: Row, after: Row) -> Row:
    """Keep a cart as it is now, with its goods held where the shop does so; a change of nothing is none.

    Raises:
        InsufficientStock: the shop holds carts' goods, and there is too little of something.
    """
    if after == before:
        return before
    changes = remembered(before.lines, after.lines, cart_of(before))
    after = structs.replace(
        after,
        changes=changes,
        held_until=await hold(uow, shop, before, after),
        expires_at=uow.now() + _kept(uow, after.customer_id),
        updated_at=uow.now(),
        version=before.version + 1,
    )
    left = ("id", "shop_id", "order_id", "created_at", "updated_at", "version")
    values = {name: value for name, value in structs.asdict(after).items() if name not in left}
    values |= {"state": after.state.value, "units": units(after.lines)}
    if not await uow.execute(queries.SAVE, id=before.id, expected=before.version, **values):
        raise LostRace
    return after


def proves(row: Row, proof: Proof) -> bool:
    """Whether the proof is of this cart."""
    if row.customer_id is not None:
        return row.customer_id == proof.customer_id
    if row.token_digest is None or proof.token is None:
        return False
    return compare_digest(row.token_digest, _digest(proof.token))


def _proven(row: Row | None, proof: Proof) -> Row:
    if row is None or not proves(row, proof):
        raise NoSuchCart
    return row


def _kept(reader: Reader, customer_id: UUID | None) -> timedelta:
    settings = reader.part(CartsSettings)
    return timedelta(days=settings.keep_guests_days if customer_id is None else settings.keep_days)


def _digest(token: str) -> bytes:
    # A token is random throughout, so one round of a fast hash keeps it; passwords would need more.
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
