"""Who holds what, until when: the rows that say so, and the sums of the ledger that say how much."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import BigInteger, Integer, delete, func, insert, null, or_, select, update

from backstay.kernel.database import (
    NOW,
    Timestamp,
    Uuid,
    any_of,
    equals,
    listing,
    param,
    statement,
    upsert,
)
from backstay.products.commerce.inventory.contracts import Allocation, Hold, MovementKind
from backstay.products.commerce.inventory.tables import movements, reservations


class Lapsed(Struct, frozen=True):
    """A hold whose time is over."""

    organization_id: UUID
    holder_id: UUID


class Held(Struct, frozen=True):
    """A holder's row: whose hold, and how many units it was for."""

    shop_id: UUID
    units: int
    by_hand: bool
    expires_at: datetime | None
    version: int


class Outstanding(Struct, frozen=True):
    """Units that a holder has, or has had shipped, of one level."""

    holder_id: UUID
    level_id: UUID
    units: int


_ROW: Final = (
    reservations.c.shop_id,
    reservations.c.units,
    reservations.c.by_hand,
    reservations.c.expires_at,
    reservations.c.version,
)
_THEIRS: Final = reservations.c.holder_id == param("holder_id", Uuid)

HOLD: Final = statement(
    upsert(reservations, key=("organization_id", "holder_id"))
    .insert(
        shop_id=param("shop_id"),
        units=param("units"),
        by_hand=param("by_hand"),
        reason=param("reason"),
        expires_at=param("expires_at"),
    )
    .update(units=param("units", BigInteger), expires_at=param("expires_at", Timestamp))
    .returning(*_ROW),
    Held,
)
"""Begin to hold, or hold otherwise. It locks the holder: two that hold for one come after each other."""
BEGIN: Final = statement(
    insert(reservations).values(
        {
            name: param(name, reservations.c[name].type)
            for name in ("holder_id", "shop_id", "units", "by_hand", "reason", "expires_at")
        }
    )
)
"""Begin to hold; whoever does so at the same time for the same holder loses a race."""
FIND: Final = statement(select(*_ROW).where(_THEIRS).with_for_update(key_share=True), Held)
KEEP: Final = statement(update(reservations).where(_THEIRS).values(expires_at=null()))
SHRINK: Final = statement(update(reservations).where(_THEIRS).values(units=param("units")))
END: Final = statement(delete(reservations).where(_THEIRS).returning(reservations.c.shop_id), UUID)
"""Only one of many that end a hold is given its row."""
END_LAPSED: Final = statement(
    delete(reservations).where(_THEIRS, reservations.c.expires_at <= NOW).returning(reservations.c.shop_id),
    UUID,
)
LAPSED: Final = statement(
    select(reservations.c.organization_id, reservations.c.holder_id)
    .where(reservations.c.expires_at <= NOW)
    .order_by(reservations.c.expires_at)
    .limit(param("batch", Integer)),
    Lapsed,
    unscoped=True,
)

_RESERVED: Final = func.sum(movements.c.reserved_change)
_SHIPPED: Final = -func.sum(movements.c.on_hand_change)
OF_HOLDER: Final = statement(
    select(movements.c.holder_id, movements.c.level_id, _RESERVED.label("units"))
    .where(movements.c.holder_id == param("holder_id", Uuid))
    .group_by(movements.c.holder_id, movements.c.level_id)
    .having(_RESERVED != 0)
    .order_by(movements.c.level_id),
    Outstanding,
)
"""What a holder still has, by level."""
SHIPPED: Final = statement(
    select(movements.c.holder_id, movements.c.level_id, _SHIPPED.label("units"))
    .where(
        movements.c.holder_id == param("holder_id", Uuid),
        or_(movements.c.kind == MovementKind.SHIPPED.value, movements.c.kind == MovementKind.RETURNED.value),
    )
    .group_by(movements.c.holder_id, movements.c.level_id)
    .having(_SHIPPED != 0)
    .order_by(movements.c.level_id),
    Outstanding,
)
"""What was shipped to a holder and has not come back, by level."""
OVERDUE: Final = statement(
    select(movements.c.holder_id, movements.c.level_id, _RESERVED.label("units"))
    .select_from(reservations.join(movements, movements.c.holder_id == reservations.c.holder_id))
    .where(
        reservations.c.expires_at <= NOW,
        reservations.c.shop_id == param("shop_id", Uuid),
        reservations.c.holder_id != param("holder_id", Uuid),
        any_of(movements.c.level_id, "level_ids"),
    )
    .group_by(movements.c.holder_id, movements.c.level_id)
    .having(_RESERVED != 0)
    .order_by(movements.c.holder_id, movements.c.level_id),
    Outstanding,
)
"""What others whose time is over still have of these levels, which whoever asks holds locked."""

_UNITS: Final = (
    select(func.coalesce(_RESERVED, 0, type_=BigInteger))
    .where(movements.c.holder_id == reservations.c.holder_id)
    .correlate(reservations)
    .scalar_subquery()
    .label("units")
)
_SHOWN: Final = (
    reservations.c.holder_id,
    _UNITS,
    reservations.c.by_hand,
    reservations.c.reason,
    reservations.c.expires_at,
    reservations.c.created_at,
)
ALLOCATIONS: Final = statement(
    select(movements.c.variant_id, movements.c.location_id, _RESERVED.label("quantity"))
    .where(movements.c.holder_id == param("holder_id", Uuid), movements.c.shop_id == param("shop_id"))
    .group_by(movements.c.variant_id, movements.c.location_id)
    .having(_RESERVED != 0)
    .order_by(movements.c.variant_id, movements.c.location_id),
    Allocation,
)
GET: Final = statement(select(*_SHOWN).where(_THEIRS, reservations.c.shop_id == param("shop_id")), Hold)
LIST: Final = listing(
    select(*_SHOWN).where(
        reservations.c.shop_id == param("shop_id"),
        or_(reservations.c.expires_at.is_(None), reservations.c.expires_at > NOW),
    ),
    Hold,
    name="inventory.holds",
    key=reservations.c.holder_id,
    sorts={"created_at": reservations.c.created_at, "expires_at": reservations.c.expires_at},
    default=("-created_at",),
    filters={
        "holder_id": equals(reservations.c.holder_id, UUID, "What this cart or order holds."),
        "by_hand": equals(reservations.c.by_hand, bool, "Holds that a merchant made, or the others."),
    },
)
