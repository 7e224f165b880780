"""Reading the log: one's organization's requests, or everyone's for an operator."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from backstay.kernel.actor import Actor
from backstay.kernel.database import ListRequest, Page, Reader
from backstay.kernel.errors import NotFound
from backstay.systems.traffic import queries
from backstay.systems.traffic.contracts import OPERATE, RequestDetail, RequestSummary, RouteUse
from backstay.systems.traffic.queries import Call, CallCount

_AT_ONCE: Final = 500


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


async def count_calls(reader: Reader, since: datetime, until: datetime) -> CallCount:
    """How many requests of this time were kept, whosever they are, and how many left out: for operators."""
    return await reader.one(queries.COUNT_CALLS, since=since, until=until)


async def calls(reader: Reader, since: datetime, until: datetime) -> AsyncIterator[list[Call]]:
    """Requests in the order of their arrival, whosever they are, some at a time: for operators."""
    after, after_id = since, UUID(int=0)
    while True:
        found = await reader.all(
            queries.CALLS, since=since, until=until, after=after, after_id=after_id, limit=_AT_ONCE
        )
        if found:
            yield found
            after, after_id = found[-1].at, found[-1].id
        if len(found) < _AT_ONCE:
            return


def _scope(actor: Actor) -> dict[str, Any]:
    return {"organization": actor.organization_id, "operator": actor.may(OPERATE)}
