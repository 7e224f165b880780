"""Looking at keys."""

from __future__ import annotations

from uuid import UUID

from backstay.kernel.database import ListRequest, Page, Reader
from backstay.systems.idempotency import queries
from backstay.systems.idempotency.contracts import IdempotencyKey, ReplayableRoute
from backstay.systems.idempotency.service.claims import Claims


async def list_keys(reader: Reader, request: ListRequest) -> Page[IdempotencyKey]:
    """The organization's keys."""
    return await reader.page(queries.LIST, request)


async def get_key(reader: Reader, key_id: UUID) -> IdempotencyKey:
    """One of the organization's keys.

    Raises:
        NoRow: there is none with this id.
    """
    return await reader.one(queries.GET, id=key_id)


def list_routes(reader: Reader) -> list[ReplayableRoute]:
    """The routes that take keys."""
    routes = reader.part(Claims).routes
    return [routes[name] for name in sorted(routes, key=lambda name: (name.split()[1], name))]
