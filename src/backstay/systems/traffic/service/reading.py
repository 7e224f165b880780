"""Reading the log: one's organization's requests, or everyone's for an operator."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from backstay.kernel.actor import Actor
from backstay.kernel.database import ListRequest, Page, Reader
from backstay.kernel.errors import NotFound
from backstay.systems.traffic import queries
from backstay.systems.traffic.contracts import OPERATE, RequestDetail, RequestSummary, RouteUse


async def list_(reader: Reader, request: ListRequest) -> Page[RequestSummary]:
    """The requests that the actor may see, newest first unless asked otherwise."""
    return await reader.page(queries.LIST, request, **_scope(reader.actor))


async def get(reader: Reader, request_id: UUID) -> RequestDetail:
    """One request with everything it caused.

    Raises:
        NotFound: there is none, it was pruned, or it is another organization's.
    """
    found = await reader.first(queries.GET, id=request_id, **_scope(reader.actor))
    if found is None:
        raise NotFound("no such request in the log; it may have been sampled out or pruned")
    return found


async def routes(reader: Reader) -> list[RouteUse]:
    """How each route was used, the busiest first."""
    return await reader.all(queries.ROUTES, **_scope(reader.actor))


async def count(reader: Reader) -> int:
    """How many requests are kept that the actor may see."""
    return await reader.one(queries.COUNT, **_scope(reader.actor))


def _scope(actor: Actor) -> dict[str, Any]:
    return {"organization": actor.organization_id, "operator": actor.may(OPERATE)}
