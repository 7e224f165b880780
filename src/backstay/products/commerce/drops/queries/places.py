"""Places in a queue: taken, let in, used, given up. A drop's lock is held wherever somebody is let in."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, Integer, and_, case, func, insert, null, or_, select, update

from backstay.kernel.database import (
    NOW,
    Timestamp,
    Uuid,
    any_of,
    database_now,
    equals,
    listing,
    param,
    statement,
)
from backstay.products.commerce.drops.contracts import DropPlaceRow, DropPlaceState, DropState
from backstay.products.commerce.drops.queries.drops import IN_TIME, STATE
from backstay.products.commerce.drops.tables import drops, places


class Seen(Struct, frozen=True):
    """A place with its drop, and how full that is."""

    id: UUID
    drop_id: UUID
    drop: str
    state: DropPlaceState
    customer_id: UUID | None
    until: datetime | None
    ahead: int
    in_turn: int
    """Places whose turn it is now."""
    at_once: int
    drop_state: DropState
    opens_at: datetime
    seconds: int


class Turn(Struct, frozen=True):
    """How many have their turn, and the database's present as it counted them."""

    taken: int
    judged_at: datetime


class Own(Struct, frozen=True):
    """A person's place in an export."""

    organization_id: UUID
    drop_id: UUID
    state: DropPlaceState
    joined_at: datetime
    until: datetime | None
    ended_at: datetime | None


_LATE: Final = and_(places.c.state == DropPlaceState.ADMITTED.value, places.c.until <= database_now())
_STATE: Final[ColumnElement[Any]] = case((_LATE, DropPlaceState.LAPSED.value), else_=places.c.state).label(
    "state"
)
_others = places.alias("others")
_AHEAD: Final = (
    select(func.count())
    .select_from(_others)
    .where(
        _others.c.drop_id == places.c.drop_id,
        _others.c.state == DropPlaceState.WAITING.value,
        _others.c.position < places.c.position,
    )
    .correlate(places)
    .scalar_subquery()
    .label("ahead")
)
_IN_TURN: Final = (
    select(func.count())
    .select_from(_others)
    .where(
        _others.c.drop_id == places.c.drop_id,
        _others.c.state == DropPlaceState.ADMITTED.value,
        _others.c.until > database_now(),
    )
    .correlate(places)
    .scalar_subquery()
    .label("in_turn")
)
_WAITING: Final = (places.c.drop_id == param("drop_id"), places.c.state == DropPlaceState.WAITING.value)

JOIN = statement(
    insert(places).values(
        {
            **{
                name: param(name, places.c[name].type)
                for name in ("id", "drop_id", "customer_id", "position")
            },
            "state": DropPlaceState.WAITING.value,
            "admitted_at": null(),
            "until": null(),
            "ended_at": null(),
            "source_id": null(),
        }
    )
)
SEE = statement(
    select(
        places.c.id,
        places.c.drop_id,
        drops.c.name.label("drop"),
        _STATE,
        places.c.customer_id,
        places.c.until,
        _AHEAD,
        _IN_TURN,
        drops.c.at_once,
        STATE.label("drop_state"),
        drops.c.opens_at,
        drops.c.seconds,
    )
    .select_from(places.join(drops, drops.c.id == places.c.drop_id))
    .where(
        drops.c.shop_id == param("shop_id"),
        places.c.drop_id == param("drop_id"),
        places.c.id == param("id"),
    ),
    Seen,
)
OF_CUSTOMER = statement(
    select(places.c.id).where(
        places.c.drop_id == param("drop_id"),
        places.c.customer_id == param("customer_id", Uuid),
        or_(
            places.c.state == DropPlaceState.WAITING.value,
            places.c.state == DropPlaceState.ADMITTED.value,
            places.c.state == DropPlaceState.BOUGHT.value,
        ),
    ),
    UUID,
)
LAPSE = statement(
    update(places)
    .where(places.c.drop_id == param("drop_id"), _LATE)
    .values(state=DropPlaceState.LAPSED.value)
)
TURN = statement(
    select(func.count().label("taken"), database_now().label("judged_at"))
    .select_from(places)
    .where(places.c.drop_id == param("drop_id"), places.c.state == DropPlaceState.ADMITTED.value),
    Turn,
)
NEXT = statement(
    select(places.c.id).where(*_WAITING).order_by(places.c.position).limit(param("room", Integer)), UUID
)
ADMIT = statement(
    update(places)
    .where(*_WAITING, any_of(places.c.id, "ids"))
    .values(
        state=DropPlaceState.ADMITTED.value,
        admitted_at=param("admitted_at", Timestamp),
        until=param("until", Timestamp),
    )
)
USE = statement(
    update(places)
    .where(
        places.c.id == param("id"),
        places.c.drop_id == param("drop_id"),
        IN_TIME,
        or_(places.c.customer_id.is_(None), places.c.customer_id == param("customer_id", Uuid)),
    )
    .values(state=DropPlaceState.BOUGHT.value, ended_at=NOW, source_id=param("source_id", Uuid))
)
LEAVE = statement(
    update(places)
    .where(
        places.c.id == param("id"),
        or_(places.c.state == DropPlaceState.WAITING.value, IN_TIME),
    )
    .values(state=DropPlaceState.LEFT.value, ended_at=NOW)
)
LIST = listing(
    select(
        places.c.id,
        places.c.position,
        _STATE,
        places.c.customer_id,
        places.c.joined_at,
        places.c.admitted_at,
        places.c.until,
        places.c.ended_at,
        places.c.source_id,
    ).where(places.c.drop_id == param("drop_id")),
    DropPlaceRow,
    name="drops.places",
    key=places.c.id,
    sorts={"position": places.c.position, "joined_at": places.c.joined_at},
    default=("position",),
    filters={
        "customer_id": equals(places.c.customer_id, UUID, "The places of this account."),
        "source_id": equals(places.c.source_id, UUID, "The place that this purchase used."),
    },
)

PLACES_OF = statement(
    select(
        places.c.organization_id,
        places.c.drop_id,
        _STATE,
        places.c.joined_at,
        places.c.until,
        places.c.ended_at,
    )
    .where(places.c.customer_id == param("user_id", Uuid))
    .order_by(places.c.joined_at, places.c.id),
    Own,
    unscoped=True,
)
ERASE = statement(
    update(places).where(places.c.customer_id == param("user_id", Uuid)).values(customer_id=null()),
    unscoped=True,
)
"""The place stays in the queue, as nobody's."""
