"""Drops over HTTP: merchants' under `/shops`, the queue under `/store`."""

from __future__ import annotations

from typing import ClassVar, Final
from uuid import UUID

from backstay.kernel.actor import ANONYMOUS, Actor, Permission
from backstay.kernel.backend import Backend
from backstay.kernel.database import Page, Reader, UnitOfWork
from backstay.kernel.http import (
    Controller,
    FromHeader,
    FromPath,
    IfMatch,
    JSONBody,
    ListQuery,
    Response,
    delete,
    get,
    patch,
    post,
)
from backstay.products.commerce.drops import service
from backstay.products.commerce.drops.contracts import (
    Drop,
    DropChanges,
    DropJoined,
    DropPlace,
    DropPlaceRow,
    NewDrop,
    PlaceToken,
    StoreDrop,
)
from backstay.products.commerce.drops.errors import (
    DropBegun,
    DropClosed,
    NoSuchDrop,
    NoSuchPlace,
    StaleDrop,
    VariantInDrop,
)
from backstay.products.commerce.drops.queries import drops as queries
from backstay.products.commerce.drops.queries import places as place_queries
from backstay.products.commerce.shops import NoSuchShop, Slug, enter, own
from backstay.systems.idempotency import Replayable
from backstay.systems.ratelimit import Limit

READ = Permission(
    "drops:read", "See the drops of the organization's shops and their queues", presets=("user",)
)
MANAGE = Permission("drops:manage", "Make, change, close and remove drops")

_JOINING: Final = Limit("drops-join", 10, window=60)
"""A guest who joins twice has two places; this, and `at_once`, is what bounds it."""
_UNSEEN: Final = {"cache-control": "no-store"}
_WAITING: Final = {**_UNSEEN, "retry-after": "5"}
"""A place moves slowly: who asks more often learns nothing."""
_FOUND: Final = (NoSuchShop, NoSuchDrop)


class DropsController(Controller):
    """A shop's drops."""

    path: ClassVar[str] = "/shops/{shop:str}/drops"
    name: ClassVar[str] = "shop"

    @get(permission=READ, listing=queries.LIST, problems=[NoSuchShop])
    async def list_drops(self, reader: Reader, shop: FromPath[Slug], query: ListQuery) -> Page[Drop]:
        """List a shop's drops, the newest first."""
        return await service.list_(reader, await own(reader, shop), query)

    @post(permission=MANAGE, problems=[NoSuchShop, VariantInDrop], declares=[Replayable()])
    async def create(self, uow: UnitOfWork, shop: FromPath[Slug], data: JSONBody[NewDrop]) -> Drop:
        """Make a drop. From now on its variants are bought in turn alone."""
        return await service.create(uow, await own(uow, shop), data)

    @get("/{drop_id:uuid}", permission=READ, problems=_FOUND)
    async def read(self, reader: Reader, shop: FromPath[Slug], drop_id: FromPath[UUID]) -> Drop:
        """Read a drop with how many wait, may buy, bought and let their time pass."""
        return await service.get(reader, await own(reader, shop), drop_id)

    @patch("/{drop_id:uuid}", permission=MANAGE, problems=[*_FOUND, StaleDrop, DropBegun, VariantInDrop])
    async def change(
        self,
        uow: UnitOfWork,
        shop: FromPath[Slug],
        drop_id: FromPath[UUID],
        expected: IfMatch,
        data: JSONBody[DropChanges],
    ) -> Drop:
        """Change a drop before it opens, unless it was changed since you read it. What is left out stays."""
        return await service.change(uow, await own(uow, shop), drop_id, data, expected=expected)

    @post("/{drop_id:uuid}/close", permission=MANAGE, status=200, problems=_FOUND)
    async def close(self, uow: UnitOfWork, shop: FromPath[Slug], drop_id: FromPath[UUID]) -> Drop:
        """End a drop now: what it gated is everybody's to buy. Sent again, it changes nothing."""
        return await service.close(uow, await own(uow, shop), drop_id)

    @delete("/{drop_id:uuid}", permission=MANAGE, problems=[*_FOUND, StaleDrop, DropBegun])
    async def remove(
        self, uow: UnitOfWork, shop: FromPath[Slug], drop_id: FromPath[UUID], expected: IfMatch
    ) -> None:
        """Remove a drop that never opened, with the places in its queue."""
        await service.remove(uow, await own(uow, shop), drop_id, expected=expected)

    @get("/{drop_id:uuid}/places", permission=READ, listing=place_queries.LIST, problems=_FOUND)
    async def list_places(
        self, reader: Reader, shop: FromPath[Slug], drop_id: FromPath[UUID], query: ListQuery
    ) -> Page[DropPlaceRow]:
        """List the places of a drop in their order, those that are over, too."""
        return await service.places(reader, await own(reader, shop), drop_id, query)


class QueueController(Controller):
    """A drop's queue, for shoppers. `X-Drop-Place` is the place."""

    path: ClassVar[str] = "/store/{shop:str}/drops/{drop_id:uuid}"
    name: ClassVar[str] = "queue"

    @get(public=True, problems=_FOUND)
    async def read(
        self, reader: Reader, actor: Actor | None, shop: FromPath[Slug], drop_id: FromPath[UUID]
    ) -> StoreDrop:
        """Read what a drop is of, when it opens, and how many wait."""
        del actor
        return await service.see(*await enter(reader, shop), drop_id)

    @post("/places", public=True, problems=[*_FOUND, DropClosed], declares=[_JOINING])
    async def join(
        self, uow: UnitOfWork, actor: Actor | None, shop: FromPath[Slug], drop_id: FromPath[UUID]
    ) -> Response[DropJoined]:
        """Take a place. Who comes before it opens is drawn; who comes later is behind. An account has one."""
        del actor
        inside, found = await enter(uow, shop)
        return Response(await service.join(inside, found, drop_id), headers=_WAITING)

    @get("/place", public=True, problems=[NoSuchShop, NoSuchPlace])
    async def look(
        self,
        backend: Backend,
        actor: Actor | None,
        shop: FromPath[Slug],
        drop_id: FromPath[UUID],
        x_drop_place: FromHeader[PlaceToken],
    ) -> Response[DropPlace]:
        """See where one is. When it is one's turn, this is where one learns it."""
        who = actor or ANONYMOUS
        place = await service.look(backend.database, who, shop, drop_id, x_drop_place)
        return Response(place, headers=_WAITING)

    @delete("/place", public=True, status=200, problems=[NoSuchShop, NoSuchPlace])
    async def leave(
        self,
        uow: UnitOfWork,
        actor: Actor | None,
        shop: FromPath[Slug],
        drop_id: FromPath[UUID],
        x_drop_place: FromHeader[PlaceToken],
    ) -> Response[DropPlace]:
        """Give one's place up. Of one that was used, it changes nothing."""
        del actor
        inside, found = await enter(uow, shop)
        return Response(await service.leave(inside, found, drop_id, x_drop_place), headers=_UNSEEN)
