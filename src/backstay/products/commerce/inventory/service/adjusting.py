"""What merchants say of their stock: corrections, transfers, stock takes, thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from msgspec import UNSET, structs

from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.errors import FieldError, Invalid
from backstay.kernel.ids import uuid7
from backstay.kernel.trail import record
from backstay.products.commerce.inventory.contracts import (
    LARGEST,
    Adjustment,
    Level,
    MovementKind,
    StockTake,
    Thresholds,
    Transfer,
)
from backstay.products.commerce.inventory.errors import (
    InsufficientStock,
    NoSuchLevel,
    Shortage,
    StaleLevel,
    StockChanged,
    StockReserved,
    TooMuchStock,
)
from backstay.products.commerce.inventory.queries import levels, moving
from backstay.products.commerce.inventory.queries.moving import LevelRow
from backstay.products.commerce.inventory.service import places
from backstay.products.commerce.inventory.service.moving import Change, Locked, lock, move, tell

_ONE_OF: Final = "say either by how many units, or to how many with how many were expected"


async def adjust(uow: UnitOfWork, shop_id: UUID, asked: Adjustment) -> Level:
    """Correct what lies in a location; the first correction begins the level.

    Raises:
        Invalid: it says neither or both of `by` and `to` with `expected`.
        NoSuchLocation: the shop has none with this id.
        StockChanged: another number lies there than expected.
        InsufficientStock: fewer lie there than are to go.
        StockReserved: more of it is promised than would be left.
        TooMuchStock: it would be more than a location can hold.
    """
    exact = asked.to is not None, asked.expected is not None
    if asked.by is None and exact != (True, True):
        at = "/to" if exact[1] else "/expected" if exact[0] else "/by"
        raise Invalid(FieldError(pointer=at, code="required", message=_ONE_OF))
    if asked.by is not None and any(exact):
        raise Invalid(FieldError(pointer="/by", code="choice", message=_ONE_OF))
    await ensure(uow, shop_id, asked.location_id, [asked.variant_id])
    locked = await lock(uow, shop_id, [asked.variant_id])
    level = _level(locked, asked.variant_id, asked.location_id)
    if asked.expected is not None and asked.expected != level.on_hand:
        raise StockChanged(on_hand=level.on_hand)
    by = asked.by if asked.by is not None else (asked.to or 0) - level.on_hand
    await _set(uow, locked, [(level, level.on_hand + by)], MovementKind.ADJUSTED, asked.reason)
    record(
        uow,
        "inventory.stock_adjusted",
        subject=("level", level.id),
        before={"on_hand": level.on_hand},
        after={"on_hand": level.on_hand + by, "reason": asked.reason},
    )
    return await get(uow, shop_id, level.id)


async def count(uow: UnitOfWork, shop_id: UUID, asked: StockTake) -> list[Level]:
    """Set what lies in a location to what was found there: all lines, or none.

    Raises:
        Invalid: a variant is named twice.
        NoSuchLocation: the shop has none with this id.
        StockReserved: more of something is promised than was found.
    """
    named = [line.variant_id for line in asked.lines]
    twice = [
        FieldError(pointer=f"/lines/{index}/variant_id", code="duplicate", message="is counted twice")
        for index, variant_id in enumerate(named)
        if variant_id in named[:index]
    ]
    if twice:
        raise Invalid(*twice)
    await ensure(uow, shop_id, asked.location_id, named)
    locked = await lock(uow, shop_id, named)
    found = [(_level(locked, line.variant_id, asked.location_id), line.on_hand) for line in asked.lines]
    await _set(uow, locked, found, MovementKind.COUNTED, asked.reason)
    differing = [(level, now) for level, now in found if level.on_hand != now]
    record(
        uow,
        "inventory.stock_counted",
        subject=("location", asked.location_id),
        before={str(level.variant_id): level.on_hand for level, _ in differing},
        after={str(level.variant_id): now for level, now in differing},
    )
    return await uow.all(levels.AT, shop_id=shop_id, location_id=asked.location_id, variant_ids=sorted(named))


async def _set(
    uow: UnitOfWork,
    locked: Locked,
    targets: Sequence[tuple[LevelRow, int]],
    kind: MovementKind,
    reason: str | None,
) -> None:
    for level, on_hand in targets:
        if on_hand > LARGEST:
            raise TooMuchStock(variant_id=level.variant_id, largest=LARGEST)
        if on_hand < 0:
            raise InsufficientStock([Shortage(level.variant_id, level.on_hand - on_hand, level.on_hand)])
        if on_hand < level.reserved - level.backorder_limit:
            raise StockReserved(
                variant_id=level.variant_id,
                on_hand=level.on_hand,
                reserved=level.reserved,
                backorder_limit=level.backorder_limit,
            )
    await move(
        uow,
        locked,
        [
            Change(level_id=level.id, kind=kind, on_hand=on_hand - level.on_hand, reason=reason)
            for level, on_hand in targets
            if on_hand != level.on_hand
        ],
    )


async def transfer(uow: UnitOfWork, shop_id: UUID, asked: Transfer) -> list[Level]:
    """Move unpromised units from one location to another; both levels afterwards, the giving one first.

    Raises:
        Invalid: it is one and the same location.
        NoSuchLocation: the shop has not both of them.
        InsufficientStock: fewer lie there that are promised to nobody.
        TooMuchStock: it would be more than a location can hold.
    """
    if asked.from_location_id == asked.to_location_id:
        message = "must be another location than the goods come from"
        raise Invalid(FieldError(pointer="/to_location_id", code="choice", message=message))
    await places.get(uow, shop_id, asked.from_location_id)
    await ensure(uow, shop_id, asked.to_location_id, [asked.variant_id])
    locked = await lock(uow, shop_id, [asked.variant_id])
    giving = locked.at(asked.variant_id, asked.from_location_id)
    taking = _level(locked, asked.variant_id, asked.to_location_id)
    free = 0 if giving is None else max(0, giving.on_hand - giving.reserved)
    if giving is None or free < asked.quantity:
        raise InsufficientStock([Shortage(asked.variant_id, asked.quantity, free)])
    if taking.on_hand + asked.quantity > LARGEST:
        raise TooMuchStock(variant_id=asked.variant_id, largest=LARGEST)
    kind, reason = MovementKind.TRANSFERRED, asked.reason
    await move(
        uow,
        locked,
        [
            Change(level_id=giving.id, kind=kind, on_hand=-asked.quantity, reason=reason),
            Change(level_id=taking.id, kind=kind, on_hand=asked.quantity, reason=reason),
        ],
    )
    record(
        uow,
        "inventory.stock_transferred",
        subject=("level", giving.id),
        after={"to": str(asked.to_location_id), "quantity": asked.quantity, "reason": reason},
    )
    return [await get(uow, shop_id, giving.id), await get(uow, shop_id, taking.id)]


async def set_thresholds(
    uow: UnitOfWork, shop_id: UUID, level_id: UUID, changes: Thresholds, *, expected: int
) -> Level:
    """Change how far a level may be oversold, and when it counts as low.

    Raises:
        NoSuchLevel: the shop has none with this id.
        StaleLevel: its thresholds were changed since.
        StockReserved: more is promised than the new limit allows.
    """
    seen = await get(uow, shop_id, level_id)
    # Held, so that what is promised does not grow between the look and the change.
    locked = await lock(uow, shop_id, [seen.variant_id])
    level = locked[level_id]
    limit = level.backorder_limit if changes.backorder_limit is UNSET else changes.backorder_limit
    low = level.low_stock_at if changes.low_stock_at is UNSET else changes.low_stock_at
    if level.reserved > level.on_hand + limit:
        raise StockReserved(
            variant_id=level.variant_id,
            on_hand=level.on_hand,
            reserved=level.reserved,
            backorder_limit=limit,
        )
    sellable = locked.sellable()
    if not await uow.execute(
        levels.SET_THRESHOLDS,
        id=level_id,
        shop_id=shop_id,
        expected=expected,
        backorder_limit=limit,
        low_stock_at=low,
    ):
        present = await get(uow, shop_id, level_id)
        stale = StaleLevel(version=present.version)
        stale.headers["ETag"] = f'"{present.version}"'
        raise stale
    locked.set(structs.replace(level, backorder_limit=limit, low_stock_at=low))
    tell(uow, locked, {level_id: level}, sellable)
    record(
        uow,
        "inventory.thresholds_set",
        subject=("level", level_id),
        before={"backorder_limit": level.backorder_limit, "low_stock_at": level.low_stock_at},
        after={"backorder_limit": limit, "low_stock_at": low},
    )
    return await get(uow, shop_id, level_id)


async def get(reader: Reader, shop_id: UUID, level_id: UUID) -> Level:
    """A level.

    Raises:
        NoSuchLevel: the shop has none with this id.
    """
    level = await reader.first(levels.GET, id=level_id, shop_id=shop_id)
    if level is None:
        raise NoSuchLevel
    return level


async def ensure(uow: UnitOfWork, shop_id: UUID, location_id: UUID, variant_ids: Sequence[UUID]) -> None:
    """Let there be a level of each variant in the location."""
    await places.get(uow, shop_id, location_id)
    await uow.execute_many(
        moving.MAKE,
        [
            {"id": uuid7(), "shop_id": shop_id, "variant_id": variant_id, "location_id": location_id}
            # In one order, so that two who begin the same levels do not wait for each other in a ring.
            for variant_id in sorted(variant_ids)
        ],
    )


def _level(locked: Locked, variant_id: UUID, location_id: UUID) -> LevelRow:
    level = locked.at(variant_id, location_id)
    if level is None:
        raise NoSuchLevel
    return level
