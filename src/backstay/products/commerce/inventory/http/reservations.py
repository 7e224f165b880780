"""What is promised to whom, for merchants, and goods put aside by hand."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from backstay.kernel.database import Page, Reader, UnitOfWork
from backstay.kernel.http import Controller, FromPath, JSONBody, ListQuery, delete, get, post
from backstay.products.commerce.inventory.contracts import Hold, NewHold, Reservation
from backstay.products.commerce.inventory.errors import (
    InsufficientStock,
    NoSuchReservation,
    NotByHand,
    NotHeld,
)
from backstay.products.commerce.inventory.http.permissions import MOVE, READ
from backstay.products.commerce.inventory.queries import holds
from backstay.products.commerce.inventory.service import by_hand, reading, reservation
from backstay.products.commerce.shops import NoSuchShop, Slug, own
from backstay.systems.idempotency import Replayable


class ReservationsController(Controller):
    """Who holds what."""

    path: ClassVar[str] = "/shops/{shop:str}/inventory/reservations"

    @get(permission=READ, listing=holds.LIST, problems=[NoSuchShop])
    async def list_reservations(self, reader: Reader, shop: FromPath[Slug], query: ListQuery) -> Page[Hold]:
        """List what carts, orders and merchants hold now, newest first."""
        return await reading.list_holds(reader, (await own(reader, shop)).id, query)

    @post(permission=MOVE, problems=[NoSuchShop, InsufficientStock], declares=[Replayable()])
    async def put_aside(self, uow: UnitOfWork, shop: FromPath[Slug], data: JSONBody[NewHold]) -> Reservation:
        """Put goods aside by hand: all of them, or none."""
        return await by_hand.put_aside(uow, (await own(uow, shop)).id, data)

    @get("/{holder_id:uuid}", permission=READ, problems=[NoSuchShop, NoSuchReservation])
    async def read_reservation(
        self, reader: Reader, shop: FromPath[Slug], holder_id: FromPath[UUID]
    ) -> Reservation:
        """Read what a cart, an order or a merchant holds, and out of which locations."""
        return await reservation(reader, (await own(reader, shop)).id, holder_id)

    @delete("/{holder_id:uuid}", permission=MOVE, problems=[NoSuchShop, NoSuchReservation, NotByHand])
    async def give_back(self, uow: UnitOfWork, shop: FromPath[Slug], holder_id: FromPath[UUID]) -> None:
        """Give back goods that were put aside by hand."""
        await by_hand.give_back(uow, (await own(uow, shop)).id, holder_id)

    @post(
        "/{holder_id:uuid}/hand-out",
        permission=MOVE,
        status=204,
        problems=[NoSuchShop, NoSuchReservation, NotByHand, NotHeld],
        declares=[Replayable()],
    )
    async def hand_out(self, uow: UnitOfWork, shop: FromPath[Slug], holder_id: FromPath[UUID]) -> None:
        """Let goods that were put aside by hand leave: they are not in stock any more."""
        await by_hand.hand_out(uow, (await own(uow, shop)).id, holder_id)
