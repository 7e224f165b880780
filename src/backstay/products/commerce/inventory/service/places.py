"""Locations: opened, changed, closed."""

from __future__ import annotations

from uuid import UUID

import msgspec
from msgspec import UNSET

from backstay.kernel.database import ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.kernel.trail import record
from backstay.products.commerce.inventory.contracts import Location, LocationChanges, NewLocation
from backstay.products.commerce.inventory.errors import (
    LocationInUse,
    LocationTaken,
    NoSuchLocation,
    StaleLocation,
)
from backstay.products.commerce.inventory.queries import locations


async def list_(reader: Reader, shop_id: UUID, request: ListRequest) -> Page[Location]:
    """A shop's locations, in the order in which goods are taken from them."""
    return await reader.page(locations.LIST, request, shop_id=shop_id)


async def get(reader: Reader, shop_id: UUID, location_id: UUID) -> Location:
    """A location.

    Raises:
        NoSuchLocation: the shop has none with this id.
    """
    location = await reader.first(locations.GET, id=location_id, shop_id=shop_id)
    if location is None:
        raise NoSuchLocation
    return location


async def open_location(uow: UnitOfWork, shop_id: UUID, new: NewLocation) -> Location:
    """Open a location.

    Raises:
        LocationTaken: another of the shop has this name.
    """
    id_ = uuid7()
    await _refuse_taken(uow, shop_id, id_, new.name)
    await uow.execute(locations.INSERT, id=id_, shop_id=shop_id, **msgspec.structs.asdict(new))
    record(uow, "inventory.location_opened", subject=("location", id_), after=msgspec.to_builtins(new))
    return await get(uow, shop_id, id_)


async def change(
    uow: UnitOfWork, shop_id: UUID, location_id: UUID, changes: LocationChanges, *, expected: int
) -> Location:
    """Change what is named, if the location still has the version expected.

    Raises:
        NoSuchLocation: the shop has none with this id.
        LocationTaken: another of the shop has this name.
        StaleLocation: it was changed since.
    """
    was = await get(uow, shop_id, location_id)
    named = {name: value for name, value in msgspec.structs.asdict(changes).items() if value is not UNSET}
    now = msgspec.structs.replace(was, **named)
    await _refuse_taken(uow, shop_id, location_id, now.name)
    if not await uow.execute(
        locations.CHANGE,
        id=location_id,
        shop_id=shop_id,
        expected=expected,
        name=now.name,
        priority=now.priority,
        active=now.active,
    ):
        raise _stale(was)
    record(
        uow,
        "inventory.location_changed",
        subject=("location", location_id),
        before={name: getattr(was, name) for name in named},
        after=named,
    )
    return await get(uow, shop_id, location_id)


async def remove(uow: UnitOfWork, shop_id: UUID, location_id: UUID, *, expected: int) -> None:
    """Remove a location in which nothing was ever kept.

    Raises:
        NoSuchLocation: the shop has none with this id.
        StaleLocation: it was changed since.
        LocationInUse: goods were kept there, and their ledger is; deactivate it.
    """
    was = await get(uow, shop_id, location_id)
    if was.version != expected:
        raise _stale(was)
    if not await uow.execute(locations.REMOVE, id=location_id, shop_id=shop_id, expected=expected):
        raise LocationInUse
    record(uow, "inventory.location_removed", subject=("location", location_id), before={"name": was.name})


async def _refuse_taken(uow: UnitOfWork, shop_id: UUID, location_id: UUID, name: str) -> None:
    # Of two that come at once the unique key refuses one, whose second try finds the other here.
    if await uow.first(locations.NAMED, shop_id=shop_id, name=name, id=location_id) is not None:
        raise LocationTaken


def _stale(present: Location) -> StaleLocation:
    stale = StaleLocation(version=present.version)
    stale.headers["ETag"] = f'"{present.version}"'
    return stale
