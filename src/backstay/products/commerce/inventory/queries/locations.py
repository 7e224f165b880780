"""Locations."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import delete, exists, insert, select, update

from backstay.kernel.database import listing, param, statement
from backstay.products.commerce.inventory.contracts import Location
from backstay.products.commerce.inventory.tables import levels, locations

_SHOWN: Final = (
    locations.c.id,
    locations.c.name,
    locations.c.priority,
    locations.c.active,
    locations.c.created_at,
    locations.c.updated_at,
    locations.c.version,
)
_ONE: Final = (locations.c.id == param("id"), locations.c.shop_id == param("shop_id"))

GET: Final = statement(select(*_SHOWN).where(*_ONE), Location)
NAMED: Final = statement(
    select(locations.c.id).where(
        locations.c.shop_id == param("shop_id"),
        locations.c.name == param("name"),
        locations.c.id != param("id"),
    ),
    UUID,
)
INSERT: Final = statement(insert(locations))
CHANGE: Final = statement(
    update(locations)
    .where(*_ONE, locations.c.version == param("expected"))
    .values(name=param("name"), priority=param("priority"), active=param("active"))
)
REMOVE: Final = statement(
    delete(locations).where(
        *_ONE,
        locations.c.version == param("expected"),
        ~exists().where(levels.c.location_id == locations.c.id),
    )
)
LIST: Final = listing(
    select(*_SHOWN).where(locations.c.shop_id == param("shop_id")),
    Location,
    name="inventory.locations",
    key=locations.c.id,
    sorts={"priority": locations.c.priority, "name": locations.c.name},
    default=("priority",),
)
