"""Items over HTTP."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta

from backstay import (
    Controller,
    FromPath,
    JSONBody,
    ListQuery,
    Page,
    Payload,
    Permission,
    Reader,
    UnitOfWork,
    get,
    post,
)
from bench.http_crud.ours.items import queries, service
from bench.http_crud.ours.items.contracts import Item, Status
from bench.http_crud.ours.items.errors import ItemNotFound

READ = Permission("items:read", "See items")
WRITE = Permission("items:write", "Make items")


class NewItem(Payload, frozen=True):
    """What a client says of a new item."""

    title: Annotated[str, Meta(min_length=1, max_length=200)]
    body: Annotated[str, Meta(max_length=10_000)]
    status: Status
    priority: Annotated[int, Meta(ge=1, le=5)]


class ItemsController(Controller):
    """The items of an organization."""

    path: ClassVar[str] = "/items"

    @get(permission=READ, listing=queries.LIST)
    async def browse(self, reader: Reader, query: ListQuery) -> Page[Item]:
        """List items, newest first."""
        return await service.browse(reader, query)

    @post(permission=WRITE)
    async def create(self, uow: UnitOfWork, data: JSONBody[NewItem]) -> Item:
        """Make an item."""
        return await service.create(
            uow, title=data.title, body=data.body, status=data.status, priority=data.priority
        )

    @get("/{item_id:uuid}", permission=READ, problems=[ItemNotFound])
    async def read(self, reader: Reader, item_id: FromPath[UUID]) -> Item:
        """Read an item."""
        return await service.get(reader, item_id)
