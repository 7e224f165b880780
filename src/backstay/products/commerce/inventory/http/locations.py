"""Locations, for merchants."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from backstay.kernel.database import Page, Reader, UnitOfWork
from backstay.kernel.http import Controller, FromPath, IfMatch, JSONBody, ListQuery, delete, get, patch, post
from backstay.products.commerce.inventory.contracts import Location, LocationChanges, NewLocation
from backstay.products.commerce.inventory.errors import (
    LocationInUse,
    LocationTaken,
    NoSuchLocation,
    StaleLocation,
)
from backstay.products.commerce.inventory.http.permissions import MANAGE, READ
from backstay.products.commerce.inventory.queries import locations
from backstay.products.commerce.inventory.service import places
from backstay.products.commerce.shops import NoSuchShop, Slug, own
from backstay.systems.idempotency import Replayable


class LocationsController(Controller):
    """Where goods are kept."""

    path: ClassVar[str] = "/shops/{shop:str}/inventory/locations"

    @get(permission=READ, listing=locations.LIST, problems=[NoSuchShop])
    async def list_locations(self, reader: Reader, shop: FromPath[Slug], query: ListQuery) -> Page[Location]:
        """List locations, in the order in which goods are taken from them."""
        return await places.list_(reader, (await own(reader, shop)).id, query)

    @post(permission=MANAGE, problems=[NoSuchShop, LocationTaken], declares=[Replayable()])
    async def open_location(
        self, uow: UnitOfWork, shop: FromPath[Slug], data: JSONBody[NewLocation]
    ) -> Location:
        """Open a location."""
        return await places.open_location(uow, (await own(uow, shop)).id, data)

    @get("/{location_id:uuid}", permission=READ, problems=[NoSuchShop, NoSuchLocation])
    async def read_location(
        self, reader: Reader, shop: FromPath[Slug], location_id: FromPath[UUID]
    ) -> Location:
        """Read a location."""
        return await places.get(reader, (await own(reader, shop)).id, location_id)

    @patch(
        "/{location_id:uuid}",
        permission=MANAGE,
        problems=[NoSuchShop, NoSuchLocation, LocationTaken, StaleLocation],
    )
    async def change_location(
        self,
        uow: UnitOfWork,
        shop: FromPath[Slug],
        location_id: FromPath[UUID],
        expected: IfMatch,
        data: JSONBody[LocationChanges],
    ) -> Location:
        """Change a location, or take its goods off sale, unless it was changed since you read it."""
        return await places.change(uow, (await own(uow, shop)).id, location_id, data, expected=expected)

    @delete(
        "/{location_id:uuid}",
        permission=MANAGE,
        problems=[NoSuchShop, NoSuchLocation, StaleLocation, LocationInUse],
    )
    async def remove_location(
        self, uow: UnitOfWork, shop: FromPath[Slug], location_id: FromPath[UUID], expected: IfMatch
    ) -> None:
        """Remove a location in which nothing was ever kept."""
        await places.remove(uow, (await own(uow, shop)).id, location_id, expected=expected)
