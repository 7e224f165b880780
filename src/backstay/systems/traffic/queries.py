"""The request log's statements. `organization` is None for an operator, who sees every organization's."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    and_,
    case,
    cast,
    delete,
    func,
    insert,
    or_,
    select,
    true,
)

from backstay.kernel.database import (
    Filter,
    Timestamp,
    Uuid,
    at_least,
    below,
    equals,
    listing,
    param,
    statement,
)
from backstay.systems.traffic.contracts import RequestDetail, RequestSummary, RouteUse
from backstay.systems.traffic.tables import requests

_SUMMARY = tuple(requests.c[name] for name in RequestSummary.__struct_fields__)
_DETAIL = tuple(requests.c[name] for name in RequestDetail.__struct_fields__)


class Call(Struct, frozen=True):
    """A request as a limit sees it."""

    id: UUID
    at: datetime
    method: str
    route: str | None
    status: int | None
    organization_id: UUID | None
    actor_id: UUID | None
    impersonator_id: UUID | None
    client: str | None
    """Tells callers' addresses apart; no address."""
    actor_kind: str | None
    session_id: UUID | None
    by_cookie: bool | None


class CallCount(Struct, frozen=True):
    """How many requests of a time the log has."""

    kept: int
    left_out: int
    """Besides, those that came under load and were not kept; without paths that are never kept."""


class Logged(RequestSummary, frozen=True):
    """A line of the log and whose it is."""

    organization_id: UUID | None


def _visible() -> ColumnElement[bool]:
    return (requests.c.organization_id == param("organization", Uuid)) | (
        param("operator", Boolean) == true()
    )


def _status_class(value: ColumnElement[int]) -> ColumnElement[bool]:
    return and_(requests.c.status >= value * 100, requests.c.status < value * 100 + 100)


def _path_prefix(value: ColumnElement[str]) -> ColumnElement[bool]:
    return func.substr(requests.c.path, 1, func.length(value)) == value


INSERT = statement(insert(requests))
GET = statement(select(*_DETAIL).where(requests.c.id == param("id"), _visible()), RequestDetail)
LIST = listing(
    select(*_SUMMARY).where(_visible()),
    RequestSummary,
    name="traffic.list",
    key=requests.c.id,
    sorts={"at": requests.c.at, "duration_us": requests.c.duration_us},
    default=("-at",),
    filters={
        "method": equals(requests.c.method, str, "GET, POST, …"),
        "status": equals(requests.c.status, int, "Exactly this status"),
        "status_class": Filter(int, _status_class, "2 for 200 to 299, and so on", requests.c.status.type),
        "route": equals(requests.c.route, str, "The route's template"),
        "path": Filter(str, _path_prefix, "The beginning of the path", requests.c.path.type),
        "actor": equals(requests.c.actor, str, "The actor's name"),
        "error": equals(requests.c.error, str, "The problem's code"),
        "trace_id": equals(requests.c.trace_id, str, "One trace"),
        "request_id": equals(requests.c.request_id, str, "The request as its sender and the logs name it"),
        "min_duration_us": at_least(requests.c.duration_us, int, "At least this long"),
        "since": at_least(requests.c.at, datetime, "Arrived then or later"),
        "before": below(requests.c.at, datetime, "Arrived earlier"),
    },
)
AFTER = statement(
    select(*_SUMMARY, requests.c.organization_id)
    .where(requests.c.id > param("after", Uuid))
    .order_by(requests.c.id)
    .limit(param("limit")),
    Logged,
)
CALLS = statement(
    select(*(requests.c[name] for name in Call.__struct_fields__))
    .where(
        requests.c.at >= param("since", Timestamp),
        requests.c.at < param("until", Timestamp),
        or_(
            requests.c.at > param("after", Timestamp),
            and_(requests.c.at == param("after", Timestamp), requests.c.id > param("after_id", Uuid)),
        ),
    )
    .order_by(requests.c.at, requests.c.id)
    .limit(param("limit")),
    Call,
)
"""In the order of their arrival, whosever they are; from the one after `after` and `after_id` on."""
COUNT_CALLS = statement(
    select(
        func.count().label("kept"),
        # Cast, because PostgreSQL sums integers to a numeric.
        cast(func.coalesce(func.sum(requests.c.left_out), 0), BigInteger).label("left_out"),
    )
    .select_from(requests)
    .where(requests.c.at >= param("since", Timestamp), requests.c.at < param("until", Timestamp)),
    CallCount,
)
ROUTES = statement(
    select(
        requests.c.route,
        requests.c.method,
        func.count().label("requests"),
        func.sum(case((requests.c.status >= 500, 1), else_=0)).label("errors"),
        func.max(requests.c.duration_us).label("slowest_us"),
        # Cast, because PostgreSQL sums integers to a numeric, which would divide with a fraction.
        (cast(func.sum(requests.c.duration_us), BigInteger) // func.count()).label("average_us"),
    )
    .where(_visible())
    .group_by(requests.c.route, requests.c.method)
    .order_by(func.count().desc(), requests.c.route, requests.c.method)
    .limit(200),
    RouteUse,
)
COUNT = statement(select(func.count().label("count")).select_from(requests).where(_visible()), int)
OLDEST = statement(select(requests.c.id).order_by(requests.c.id).limit(1), UUID)
NTH_NEWEST = statement(
    select(requests.c.id).order_by(requests.c.id.desc()).limit(1).offset(param("keep")),
    UUID,
)
PRUNE = statement(delete(requests).where(requests.c.id <= param("through", Uuid)))
