"""Stock that moved before we knew: written into the ledger at the times at which it did."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct, structs

from backstay.kernel.database import UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.products.commerce.inventory.contracts import LARGEST, MovementKind
from backstay.products.commerce.inventory.errors import InsufficientStock, Shortage, TooMuchStock
from backstay.products.commerce.inventory.queries import ledger, moving
from backstay.products.commerce.inventory.queries.moving import LevelRow
from backstay.products.commerce.inventory.service.adjusting import ensure
from backstay.products.commerce.inventory.service.moving import lock


class PastMovement(Struct, frozen=True):
    """Units that came, or went as a negative number."""

    variant_id: UUID
    units: int
    at: datetime
    holder_id: UUID | None = None
    """To whom they were shipped, or from whom they came back; None for a correction."""
    reason: str | None = None


async def record(
    uow: UnitOfWork,
    shop_id: UUID,
    location_id: UUID,
    history: Sequence[PastMovement],
    *,
    case: int | None = None,
    delivered: str = "",
) -> int:
    """Write movements into the ledger of a location, in their order; no event tells of them.

    Args:
        uow: in the shop's organization.
        shop_id: whose stock.
        location_id: where.
        history: what moved; nothing that is promised to somebody now can have left.
        case: of a history that leaves deliveries out, what is missing came just before, in cases of so many.
        delivered: why these stand in the ledger.

    Returns:
        How many units are supposed to have been delivered.

    Raises:
        NoSuchLocation: the shop has none with this id.
        InsufficientStock: something left that did not lie there, and no deliveries are left out.
        TooMuchStock: it would be more than a location can hold.
    """
    before = await _levels(uow, shop_id, location_id, {one.variant_id for one in history})
    now = dict(before)
    lines: list[dict[str, Any]] = []
    supposed = 0

    def note(variant_id: UUID, kind: MovementKind, one: PastMovement, units: int, reason: str | None) -> None:
        row = now[variant_id]
        moved = structs.replace(row, on_hand=row.on_hand + units, movements=row.movements + 1)
        if moved.on_hand > LARGEST:
            raise TooMuchStock(variant_id=variant_id, largest=LARGEST)
        now[variant_id] = moved
        holder = None if kind is MovementKind.ADJUSTED else one.holder_id
        lines.append(_line(moved, kind, units, holder, reason, one.at))

    for one in history:
        level = now[one.variant_id]
        free = level.on_hand - level.reserved
        if (missing := -one.units - free) > 0:
            if case is None:
                raise InsufficientStock([Shortage(one.variant_id, -one.units, max(0, free))])
            units = -(-missing // case) * case
            note(one.variant_id, MovementKind.ADJUSTED, one, units, delivered)
            supposed += units
        note(one.variant_id, _kind(one), one, one.units, one.reason)
    changes = [
        {
            "id": row.id,
            "on_hand": row.on_hand - before[variant_id].on_hand,
            "movements": row.movements - before[variant_id].movements,
        }
        for variant_id, row in now.items()
    ]
    await uow.execute_many(moving.MOVE_LOCKED, changes)
    await uow.execute_many(ledger.RECORD_PAST, lines)
    return supposed


async def _levels(
    uow: UnitOfWork, shop_id: UUID, location_id: UUID, variant_ids: set[UUID]
) -> dict[UUID, LevelRow]:
    """The location's level of each variant, locked; those that were not there are begun."""
    locked = await lock(uow, shop_id, variant_ids)
    found = {row.variant_id: row for row in locked.rows if row.location_id == location_id}
    if new := variant_ids - found.keys():
        await ensure(uow, shop_id, location_id, sorted(new))
        locked = await lock(uow, shop_id, variant_ids)
        found = {row.variant_id: row for row in locked.rows if row.location_id == location_id}
    return found


def _kind(one: PastMovement) -> MovementKind:
    if one.holder_id is None:
        return MovementKind.ADJUSTED
    return MovementKind.SHIPPED if one.units < 0 else MovementKind.RETURNED


def _line(
    level: LevelRow, kind: MovementKind, units: int, holder: UUID | None, reason: str | None, at: datetime
) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "shop_id": level.shop_id,
        "level_id": level.id,
        "variant_id": level.variant_id,
        "location_id": level.location_id,
        "kind": kind.value,
        "on_hand_change": units,
        "reserved_change": 0,
        "on_hand": level.on_hand,
        "reserved": level.reserved,
        "sequence": level.movements,
        "holder_id": holder,
        "reason": reason,
        "created_at": at,
    }
