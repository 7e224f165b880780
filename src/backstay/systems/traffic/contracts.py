"""What the request log shows."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from backstay.kernel.actor import Permission

READ: Final = Permission(
    "traffic:read", "See the requests of one's organization and what they caused", presets=("manager",)
)
OPERATE: Final = Permission(
    "traffic:operate", "See the requests of every organization, and those of nobody", house=True
)


class Cause(Struct, frozen=True):
    """One thing that a request did or caused, placed on the request's own time line."""

    kind: str
    """`stage`, `statement`, `commit`, `guard`, `retry` or `note`."""
    name: str
    started_us: int
    """Microseconds since the request arrived."""
    duration_us: int
    detail: Any
    """Rows touched, `allowed` or `denied`, why it was tried again; null where there is nothing to tell."""


class RequestSummary(Struct, frozen=True):
    """One request as a line of the log."""

    id: UUID
    at: datetime
    """When it arrived."""
    method: str
    path: str
    """Without the query string; where a part of it is a secret, the route's template instead."""
    route: str | None
    """The template that matched; null when none did."""
    status: int | None
    """Null when no answer was sent."""
    error: str | None
    """The stable code of the problem it was answered with."""
    actor: str | None
    duration_us: int
    statements: int
    """How many statements it ran."""
    response_bytes: int
    abandoned: bool
    """The client went away first."""
    request_id: str
    trace_id: str


class RequestDetail(Struct, frozen=True):
    """One request with everything it caused."""

    id: UUID
    at: datetime
    method: str
    path: str
    route: str | None
    status: int | None
    error: str | None
    actor: str | None
    duration_us: int
    statements: int
    response_bytes: int
    abandoned: bool
    request_id: str
    trace_id: str
    actor_id: UUID | None
    impersonator_id: UUID | None
    """Who acted in the actor's place."""
    request_bytes: int
    query: str
    """Redacted."""
    request_headers: dict[str, str]
    """Redacted."""
    response_headers: dict[str, str]
    request_body: str | None
    """Redacted and cut at the cap; null when bodies are not kept, or it is not text."""
    response_body: str | None
    causes: list[Cause]


class Following(Struct, frozen=True):
    """Told first to somebody who follows the log: what is written from now on will be told.

    Who reads the list after it, and puts both together by id, misses nothing.
    """

    since: datetime


class Skipped(Struct, frozen=True):
    """Told to somebody who follows the log and reads too slowly."""

    requests: int
    """Requests that were not shown, at this place."""


class RouteUse(Struct, frozen=True):
    """How one route was used in the log that is kept."""

    route: str | None
    method: str
    requests: int
    errors: int
    """Answered with 500 or more."""
    slowest_us: int
    average_us: int
