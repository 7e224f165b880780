"""Promising units to a holder, keeping the promise, taking it back.

Whoever moves stock for a holder holds first the holder's row, if there is one, then the levels in the
order of their ids. Nobody who holds levels waits for a holder's row, so nobody waits in a ring; but who was
said to hold for the first time, and has a row after all, may: the database ends it, and the unit begins anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from msgspec import structs

from backstay.kernel.database import Reader, UnitOfWork
from backstay.products.commerce.inventory.contracts import (
    Allocation,
    Availability,
    MovementKind,
    Reservation,
    Want,
)
from backstay.products.commerce.inventory.errors import InsufficientStock, NoSuchReservation, Shortage
from backstay.products.commerce.inventory.queries import holds, levels
from backstay.products.commerce.inventory.service.moving import NOBODY, Change, Locked, lock, move
from backstay.products.commerce.inventory.service.planning import allot, promisable, summed


async def reserve(
    uow: UnitOfWork,
    shop_id: UUID,
    holder: UUID,
    wants: Sequence[Want],
    *,
    until: datetime | None,
    by_hand: bool = False,
    reason: str | None = None,
    first: bool = False,
) -> Reservation:
    """Promise exactly this to the holder: all of it, or nothing changes and the unit must be given up.

    What the holder has already is kept as far as it is still wanted, and does not stand in its own way.
    Holds of others whose time is over give way. Variants without any level are not limited.

    Args:
        uow: in the shop's organization.
        shop_id: whose stock.
        holder: the id of a cart or an order; what takes over a hold goes on with the holder's id.
        wants: lines of one variant are added up.
        until: when the promise is over; None for one that stays until it is released.
        by_hand: whether a merchant makes it, and not a cart or an order.
        reason: for the merchant who reads it later.
        first: whether the holder hardly has anything yet: one that has nothing is written down with the rest.
            Of one that has, the levels are locked before its row, so that it may lose a race for it.

    Raises:
        InsufficientStock: there is too little of something; names all of it.
    """
    units = summed(wants)
    total = sum(units.values())
    hold = {
        "holder_id": holder,
        "shop_id": shop_id,
        "by_hand": by_hand,
        "reason": reason,
        "expires_at": until,
    }
    plan = await _planned_first(uow, shop_id, units, holder) if first else None
    new = plan is not None
    if plan is None:
        row = await uow.one(holds.HOLD, **hold, units=total)
        if row.shop_id != shop_id:
            raise NoSuchReservation
        locked = await lock(uow, shop_id, units, holder=holder)
        # Read after the levels are held: until then others could take what was over.
        own = await _held(uow, holder) if row.version > 1 else {}
        plan = await _planned(uow, locked, units, own, holder)
    locked, own, changes, target = plan
    changes += [
        Change(
            level_id=level_id,
            kind=MovementKind.RESERVED if more > 0 else MovementKind.RELEASED,
            reserved=more,
            holder_id=holder,
        )
        for level_id in sorted({*own, *target})
        if (more := target.get(level_id, 0) - own.get(level_id, 0))
    ]
    await move(uow, locked, changes)
    # The rest is of variants that are not tracked.
    held = sum(target.values())
    if new:
        uow.write(holds.BEGIN, {**hold, "units": held})
    elif held != total:
        uow.write(holds.SHRINK, {"holder_id": holder, "units": held})
    return Reservation(holder, until, _allocations(locked, target))


class _Plan(NamedTuple):
    """What is to become of levels that are locked."""

    locked: Locked
    own: dict[UUID, int]
    """What the holder has of them."""
    given_way: list[Change]
    target: dict[UUID, int]
    """What it shall have."""


async def _planned(
    uow: UnitOfWork, locked: Locked, units: Mapping[UUID, int], own: dict[UUID, int], holder: UUID
) -> _Plan:
    given_way = await _give_way(uow, locked, units, own, holder)
    return _Plan(locked, own, given_way, _targets(locked, units, own, given_way))


async def _planned_first(
    uow: UnitOfWork, shop_id: UUID, units: Mapping[UUID, int], holder: UUID
) -> _Plan | None:
    """As of a holder that has nothing; None where that was not seen, or may not be so any more.

    Where there is too little, it may be the holder itself who has it since this waited for the levels.
    """
    locked = await lock(uow, shop_id, units, holder=holder)
    if not locked.of_new_holder:
        return None
    try:
        return await _planned(uow, locked, units, {}, holder)
    except InsufficientStock:
        return None


def _targets(
    locked: Locked, units: Mapping[UUID, int], own: Mapping[UUID, int], given_way: Sequence[Change]
) -> dict[UUID, int]:
    freed: dict[UUID, int] = {}
    for change in given_way:
        freed[change.level_id] = freed.get(change.level_id, 0) - change.reserved
    target: dict[UUID, int] = {}
    short: list[Shortage] = []
    for variant_id, quantity in units.items():
        rows = [
            structs.replace(row, reserved=row.reserved - freed.get(row.id, 0))
            for row in locked.of(variant_id)
        ]
        if not rows:
            continue
        allotted = allot(rows, quantity, own)
        if allotted is None:
            available = promisable(rows) + sum(own.get(row.id, 0) for row in rows)
            short.append(Shortage(variant_id, quantity, available))
        else:
            target |= allotted
    if short:
        raise InsufficientStock(short)
    return target


async def _give_way(
    uow: UnitOfWork, locked: Locked, units: Mapping[UUID, int], own: Mapping[UUID, int], holder: UUID
) -> list[Change]:
    """What others held beyond their time of levels of which there is too little."""
    scarce = [
        row.id
        for variant_id, quantity in units.items()
        if (rows := locked.of(variant_id)) and allot(rows, quantity, own) is None
        for row in rows
    ]
    if not scarce:
        return []
    overdue = await uow.all(holds.OVERDUE, shop_id=locked.shop_id, level_ids=scarce, holder_id=holder)
    return [
        Change(level_id=one.level_id, kind=MovementKind.LAPSED, reserved=-one.units, holder_id=one.holder_id)
        for one in overdue
    ]


async def keep(uow: UnitOfWork, holder: UUID) -> bool:
    """Let a hold have no end, because it is paid for.

    Returns:
        False where it is gone, or was over and others were given of it; then nothing changes, and
        `reserve` with `until=None` asks for it anew.
    """
    row = await uow.first(holds.FIND, holder_id=holder)
    if row is None:
        return False
    await lock(uow, row.shop_id, holder=holder)
    if sum((await _held(uow, holder)).values()) != row.units:
        return False
    await uow.execute(holds.KEEP, holder_id=holder)
    return True


async def release(uow: UnitOfWork, holder: UUID) -> bool:
    """Give back all that a holder has, each unit to the location that it was promised out of.

    Returns:
        Whether this call did it: False when there was nothing, or another was first.
    """
    ended = await uow.first(holds.END, holder_id=holder)
    if ended is None:
        return False
    await _give_back(uow, ended, holder, MovementKind.RELEASED)
    return True


async def lapse(uow: UnitOfWork, holder: UUID) -> bool:
    """Give back what a holder has, if its time is over."""
    ended = await uow.first(holds.END_LAPSED, holder_id=holder)
    if ended is None:
        return False
    await _give_back(uow, ended, holder, MovementKind.LAPSED)
    return True


async def _give_back(uow: UnitOfWork, shop_id: UUID, holder: UUID, kind: MovementKind) -> None:
    locked = await lock(uow, shop_id, holder=holder)
    held = await _held(uow, holder)
    await move(
        uow,
        locked,
        [
            Change(level_id=level_id, kind=kind, reserved=-units, holder_id=holder)
            for level_id, units in sorted(held.items())
        ],
    )


async def available(
    reader: Reader, shop_id: UUID, variant_ids: Sequence[UUID], *, except_holder: UUID | None = None
) -> dict[UUID, Availability]:
    """How much of each variant can be sold now; one that is not tracked is in it too, without a limit.

    Holds whose time is over do not count, nor does that of `except_holder`.
    """
    found = await reader.all(
        levels.AVAILABLE,
        shop_id=shop_id,
        variant_ids=sorted(set(variant_ids)),
        holder_id=except_holder or NOBODY,
    )
    tracked = {one.variant_id: one for one in found}
    return {
        variant_id: tracked.get(variant_id, Availability(variant_id, tracked=False, in_stock=0, backorder=0))
        for variant_id in variant_ids
    }


async def reservation(reader: Reader, shop_id: UUID, holder: UUID) -> Reservation:
    """What a holder has, and until when.

    Raises:
        NoSuchReservation: it has nothing in this shop.
    """
    hold = await reader.first(holds.GET, holder_id=holder, shop_id=shop_id)
    if hold is None:
        raise NoSuchReservation
    allocations = await reader.all(holds.ALLOCATIONS, holder_id=holder, shop_id=shop_id)
    return Reservation(holder, hold.expires_at, allocations)


async def _held(uow: UnitOfWork, holder: UUID) -> dict[UUID, int]:
    return {one.level_id: one.units for one in await uow.all(holds.OF_HOLDER, holder_id=holder)}


def _allocations(locked: Locked, target: Mapping[UUID, int]) -> list[Allocation]:
    return [
        Allocation(locked[level_id].variant_id, locked[level_id].location_id, units)
        for level_id, units in sorted(target.items())
    ]
