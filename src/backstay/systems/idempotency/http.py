"""Keys over HTTP, for whoever looks after an organization: when, where, how often; never what was said."""

from __future__ import annotations

from typing import ClassVar, Final
from uuid import UUID

from backstay.kernel.actor import Permission
from backstay.kernel.database import NoRow, Page, Reader
from backstay.kernel.http import Controller, FromPath, ListQuery, get
from backstay.systems.idempotency import service
from backstay.systems.idempotency.contracts import IdempotencyKey, ReplayableRoute
from backstay.systems.idempotency.queries import LIST

READ: Final = Permission(
    "idempotency:read", "See the idempotency keys of the organization, and what became of their requests"
)


class IdempotencyController(Controller):
    """The organization's keys, and the routes that take any."""

    path: ClassVar[str] = "/idempotency"

    @get("/keys", permission=READ, listing=LIST)
    async def list_keys(self, reader: Reader, query: ListQuery) -> Page[IdempotencyKey]:
        """List the keys that were sent, the newest first."""
        return await service.list_keys(reader, query)

    @get("/keys/{key_id:uuid}", permission=READ, problems=[NoRow])
    async def read_key(self, reader: Reader, key_id: FromPath[UUID]) -> IdempotencyKey:
        """See one key."""
        return await service.get_key(reader, key_id)

    @get("/routes", permission=READ)
    async def list_routes(self, reader: Reader) -> list[ReplayableRoute]:
        """List the routes that take keys, and those that want one."""
        return service.list_routes(reader)
