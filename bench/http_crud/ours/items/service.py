"""What can be done with items. The edge opens the unit of work and commits it."""

from __future__ import annotations

from uuid import UUID

from backstay import ListRequest, Page, Reader, UnitOfWork, uuid7
from bench.http_crud.ours.items import queries
from bench.http_crud.ours.items.contracts import Item, Status
from bench.http_crud.ours.items.errors import ItemNotFound


async def get(reader: Reader, item_id: UUID) -> Item:
    """The item.

    Raises:
        ItemNotFound: there is none.
    """
    item = await reader.first(queries.GET, id=item_id)
    if item is None:
        raise ItemNotFound
    return item


async def browse(reader: Reader, query: ListRequest) -> Page[Item]:
    """A page of items, newest first."""
    return await reader.page(queries.LIST, query)


async def create(uow: UnitOfWork, *, title: str, body: str, status: Status, priority: int) -> Item:
    """Make an item."""
    return uow.add(queries.ADD, id=uuid7(), title=title, body=body, status=status, priority=priority)
