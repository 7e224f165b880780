"""The one way in which stock moves: levels locked together, changed at once, each change recorded."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct, structs

from backstay.kernel.database import LostRace, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.products.commerce.inventory.contracts import MovementKind
from backstay.products.commerce.inventory.events import StockCameBack, StockRanLow, StockRanOut
from backstay.products.commerce.inventory.queries import ledger, moving
from backstay.products.commerce.inventory.queries.moving import LevelRow

NOBODY = UUID(int=0)
"""No holder has this id."""


class Change(Struct, frozen=True, kw_only=True):
    """What is to happen to a level."""

    level_id: UUID
    kind: MovementKind
    on_hand: int = 0
    reserved: int = 0
    holder_id: UUID | None = None
    reason: str | None = None


class Locked:
    """Levels that this unit of work holds: all there are of some variants, in the order of their ids."""

    def __init__(self, shop_id: UUID, rows: Iterable[LevelRow]) -> None:
        self.shop_id = shop_id
        self._rows = {row.id: row for row in rows}

    def __getitem__(self, level_id: UUID) -> LevelRow:
        return self._rows[level_id]

    @property
    def ids(self) -> Collection[UUID]:
        """Of all of them."""
        return self._rows.keys()

    @property
    def rows(self) -> Collection[LevelRow]:
        """All of them."""
        return self._rows.values()

    @property
    def of_new_holder(self) -> bool:
        """Whether the holder that they were locked for surely had nothing; False where that was not seen."""
        return any(not row.held for row in self._rows.values())

    def of(self, variant_id: UUID) -> list[LevelRow]:
        """A variant's levels, in the order in which goods are taken from them."""
        found = [row for row in self._rows.values() if row.variant_id == variant_id]
        return sorted(found, key=lambda row: (row.priority, row.id))

    def at(self, variant_id: UUID, location_id: UUID) -> LevelRow | None:
        """A variant's level in a location."""
        return next((row for row in self.of(variant_id) if row.location_id == location_id), None)

    def after(self, change: Change) -> LevelRow:
        """Take note of a change; the level as it is then."""
        row = self._rows[change.level_id]
        moved = structs.replace(
            row,
            on_hand=row.on_hand + change.on_hand,
            reserved=row.reserved + change.reserved,
            movements=row.movements + 1,
        )
        self.set(moved)
        return moved

    def set(self, row: LevelRow) -> None:
        """Take note of how a level is now."""
        self._rows[row.id] = row

    def sellable(self) -> dict[UUID, int]:
        """Units of each variant that may be promised."""
        return {
            variant_id: sum(
                row.on_hand + row.backorder_limit - row.reserved for row in self.of(variant_id) if row.active
            )
            for variant_id in {row.variant_id for row in self._rows.values()}
        }


async def lock(
    uow: UnitOfWork, shop_id: UUID, variant_ids: Collection[UUID] = (), *, holder: UUID = NOBODY
) -> Locked:
    """Hold every level of the variants, and of what the holder ever moved, until the unit ends."""
    rows = await uow.all(moving.LOCK, shop_id=shop_id, variant_ids=sorted(variant_ids), holder_id=holder)
    return Locked(shop_id, rows)


async def move(uow: UnitOfWork, locked: Locked, changes: Sequence[Change]) -> None:
    """Move levels that are locked, all or none, and tell of what was crossed by it."""
    if not changes:
        return
    before = {row_id: locked[row_id] for row_id in {change.level_id for change in changes}}
    sellable = locked.sellable()
    lines = [_line(locked.after(change), change) for change in changes]
    moved = [_summed(level_id, changes) for level_id in sorted(before)]
    if await uow.execute(moving.MOVE, changes=moved) != len(moved):
        # They are locked and were looked at, so this is a level that somebody moved without.
        raise LostRace
    uow.write(ledger.RECORD, *lines)
    tell(uow, locked, before, sellable)


def _low(row: LevelRow) -> bool:
    return row.low_stock_at is not None and row.on_hand - row.reserved <= row.low_stock_at


def _summed(level_id: UUID, changes: Sequence[Change]) -> dict[str, Any]:
    mine = [change for change in changes if change.level_id == level_id]
    return {
        "level_id": level_id,
        "on_hand": sum(change.on_hand for change in mine),
        "reserved": sum(change.reserved for change in mine),
        "movements": len(mine),
    }


def _line(level: LevelRow, change: Change) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "shop_id": level.shop_id,
        "level_id": level.id,
        "variant_id": level.variant_id,
        "location_id": level.location_id,
        "kind": change.kind.value,
        "on_hand_change": change.on_hand,
        "reserved_change": change.reserved,
        "on_hand": level.on_hand,
        "reserved": level.reserved,
        "sequence": level.movements,
        "holder_id": change.holder_id,
        "reason": change.reason,
    }


def tell(
    uow: UnitOfWork, locked: Locked, before: Mapping[UUID, LevelRow], sellable: Mapping[UUID, int]
) -> None:
    """Tell of what was crossed: levels that were as in `before`, variants of which so many were sellable."""
    for level_id in sorted(before):
        was, now = before[level_id], locked[level_id]
        left, threshold = now.on_hand - now.reserved, now.low_stock_at
        if threshold is not None and left <= threshold and not _low(was):
            uow.publish(
                StockRanLow(
                    shop_id=now.shop_id,
                    variant_id=now.variant_id,
                    location_id=now.location_id,
                    available=left,
                    low_stock_at=threshold,
                )
            )
    for variant_id, left in sorted(locked.sellable().items()):
        if sellable[variant_id] > 0 >= left:
            uow.publish(StockRanOut(shop_id=locked.shop_id, variant_id=variant_id))
        elif sellable[variant_id] <= 0 < left:
            uow.publish(StockCameBack(shop_id=locked.shop_id, variant_id=variant_id, available=left))
