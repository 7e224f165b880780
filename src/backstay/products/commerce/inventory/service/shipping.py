"""Promised units leave, and some come back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from backstay.kernel.database import UnitOfWork
from backstay.products.commerce.inventory.contracts import MovementKind, Want
from backstay.products.commerce.inventory.errors import NoSuchReservation, NotHeld, NotShipped, Shortage
from backstay.products.commerce.inventory.queries import holds
from backstay.products.commerce.inventory.service.moving import Change, Locked, lock, move
from backstay.products.commerce.inventory.service.planning import fill, summed


async def fulfil(uow: UnitOfWork, holder: UUID, wants: Sequence[Want] | None = None) -> None:
    """Ship units that the holder has: they are neither promised nor there any more.

    Args:
        uow: in the shop's organization.
        holder: whose they are.
        wants: what is shipped; all of it when None. What was not tracked when it was promised is passed by.

    Raises:
        NoSuchReservation: the holder has nothing.
        NotHeld: more is to go than the holder has and lies there; names all of it, and nothing went.
    """
    row = await uow.first(holds.FIND, holder_id=holder)
    if row is None:
        raise NoSuchReservation
    locked = await lock(uow, row.shop_id, holder=holder)
    held = {one.level_id: one.units for one in await uow.all(holds.OF_HOLDER, holder_id=holder)}
    units = _all(locked, held) if wants is None else summed(wants)
    ready = {level_id: min(count, locked[level_id].on_hand) for level_id, count in held.items()}
    taken, short = _take(locked, units, ready)
    if short:
        raise NotHeld(short)
    await move(
        uow,
        locked,
        [
            Change(
                level_id=level_id,
                kind=MovementKind.SHIPPED,
                on_hand=-count,
                reserved=-count,
                holder_id=holder,
            )
            for level_id, count in sorted(taken.items())
        ],
    )
    left = sum(held.values()) - sum(taken.values())
    if left:
        await uow.execute(holds.SHRINK, holder_id=holder, units=left)
    else:
        await uow.all(holds.END, holder_id=holder)


async def restock(
    uow: UnitOfWork, shop_id: UUID, holder: UUID, wants: Sequence[Want], *, reason: str | None = None
) -> None:
    """Take shipped units back, each into the location that it came from. A refund alone does not do this.

    Args:
        uow: in the shop's organization.
        shop_id: whose stock.
        holder: to whom they were shipped.
        wants: what came back and can be sold again. What was not tracked when it was promised is passed by.
        reason: for the ledger.

    Raises:
        NotShipped: more than was shipped and has not come back; names all of it, and nothing came back.
    """
    locked = await lock(uow, shop_id, holder=holder)
    shipped = {one.level_id: one.units for one in await uow.all(holds.SHIPPED, holder_id=holder)}
    taken, short = _take(locked, summed(wants), shipped)
    if short:
        raise NotShipped(short)
    await move(
        uow,
        locked,
        [
            Change(
                level_id=level_id,
                kind=MovementKind.RETURNED,
                on_hand=count,
                holder_id=holder,
                reason=reason,
            )
            for level_id, count in sorted(taken.items())
        ],
    )


def _all(locked: Locked, held: Mapping[UUID, int]) -> dict[UUID, int]:
    units: dict[UUID, int] = {}
    for level_id, count in held.items():
        variant_id = locked[level_id].variant_id
        units[variant_id] = units.get(variant_id, 0) + count
    return units


def _take(
    locked: Locked, units: Mapping[UUID, int], ready: Mapping[UUID, int]
) -> tuple[dict[UUID, int], list[Shortage]]:
    """Units to take of each level that has some ready, and of what there are too few."""
    taken: dict[UUID, int] = {}
    short: list[Shortage] = []
    for variant_id, quantity in units.items():
        # `locked` has the levels of what the holder ever moved, and no others.
        rows: Iterable[UUID] = [row.id for row in locked.of(variant_id)]
        capacity = {level_id: ready.get(level_id, 0) for level_id in rows}
        if not capacity:
            continue
        filled = fill(capacity, quantity)
        if (count := sum(filled.values())) < quantity:
            short.append(Shortage(variant_id, quantity, count))
        taken |= filled
    return taken, short
