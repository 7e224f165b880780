"""Goods that merchants put aside by hand, ship, and give back."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from backstay.kernel.database import UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.kernel.trail import record
from backstay.products.commerce.inventory.contracts import NewHold, Reservation
from backstay.products.commerce.inventory.errors import NoSuchReservation, NotByHand
from backstay.products.commerce.inventory.queries import holds
from backstay.products.commerce.inventory.service.holding import release, reserve
from backstay.products.commerce.inventory.service.shipping import fulfil


async def put_aside(uow: UnitOfWork, shop_id: UUID, new: NewHold) -> Reservation:
    """Hold goods for somebody whom neither a cart nor an order stands for.

    Raises:
        InsufficientStock: there is too little of something; names all of it.
    """
    until = None if new.seconds is None else uow.now() + timedelta(seconds=new.seconds)
    made = await reserve(
        uow, shop_id, uuid7(), new.lines, until=until, by_hand=True, reason=new.reason, first=True
    )
    record(
        uow,
        "inventory.goods_put_aside",
        subject=("hold", made.holder_id),
        after={"units": sum(one.quantity for one in made.allocations), "reason": new.reason},
    )
    return made


async def give_back(uow: UnitOfWork, shop_id: UUID, holder: UUID) -> None:
    """End a hold made by hand; its goods are for sale again.

    Raises:
        NoSuchReservation: the shop has none of this holder.
        NotByHand: it is a cart's or an order's.
    """
    await _refuse_others(uow, shop_id, holder)
    await release(uow, holder)
    record(uow, "inventory.goods_given_back", subject=("hold", holder))


async def hand_out(uow: UnitOfWork, shop_id: UUID, holder: UUID) -> None:
    """Let all goods of a hold made by hand leave.

    Raises:
        NoSuchReservation: the shop has none of this holder.
        NotByHand: it is a cart's or an order's.
        NotHeld: fewer lie there than are promised.
    """
    await _refuse_others(uow, shop_id, holder)
    await fulfil(uow, holder)
    record(uow, "inventory.goods_handed_out", subject=("hold", holder))


async def _refuse_others(uow: UnitOfWork, shop_id: UUID, holder: UUID) -> None:
    row = await uow.first(holds.FIND, holder_id=holder)
    if row is None or row.shop_id != shop_id:
        raise NoSuchReservation
    if not row.by_hand:
        raise NotByHand
