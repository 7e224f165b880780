"""What a handler takes, read from its signature once, when the application is built."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    NamedTuple,
    TypeAlias,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
)

from msgspec import NODEFAULT, Struct

from backstay.kernel.actor import Actor
from backstay.kernel.backend import Backend
from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.http.conditional import IfMatch
from backstay.kernel.http.lists import LIST_NAMES, ListQuery
from backstay.kernel.http.request import Request
from backstay.kernel.http.routes import Route
from backstay.kernel.http.validation import open_structs
from backstay.kernel.module import CompositionError

T = TypeVar("T")


class Source(Struct, frozen=True):
    """Where in a request an argument comes from."""

    place: Literal["path", "query", "header", "body"]


FromPath: TypeAlias = Annotated[T, Source("path")]
"""A parameter in the path, of the same name as in the route."""
FromQuery: TypeAlias = Annotated[T, Source("query")]
"""A query parameter; a list, set or tuple takes it as often as it comes."""
FromHeader: TypeAlias = Annotated[T, Source("header")]
"""A header: `x_mood` is `X-Mood`."""
JSONBody: TypeAlias = Annotated[T, Source("body")]
"""The body."""


class Payload(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of request bodies: frozen, and a field that it does not know is an error, not a slip lost."""


class Parameter(NamedTuple):
    """One value that a client sends beside the body."""

    name: str
    """The argument's name in the handler."""
    place: str
    """`path`, `query` or `header`."""
    wire_name: str
    kind: Any
    """Its type, `Annotated` included, without the `| None` of an optional one."""
    default: Any
    """`msgspec.NODEFAULT` when it must be sent."""
    many: bool
    """Whether it may be repeated."""


class Signature(NamedTuple):
    """What a handler takes, sorted by where it comes from."""

    given: Mapping[str, str]
    """Arguments that the façade supplies: name to `uow`, `reader`, `actor`, `backend`, `request`."""
    wants_actor: bool
    """Whether an actor must be found even on a public route."""
    parameters: Sequence[Parameter]
    body: tuple[str, Any] | None
    """The body's argument and type."""
    if_match: tuple[str, bool] | None
    """The argument that takes `If-Match`, and whether it may be left out."""
    list_query: str | None
    returns: Any


_GIVEN: Final[Mapping[Any, str]] = {
    UnitOfWork: "uow",
    Reader: "reader",
    Actor: "actor",
    Backend: "backend",
    Request: "request",
}


def signature_of(handler: Callable[..., Any], route: Route, where: str) -> Signature:
    """Read a handler's signature.

    Raises:
        CompositionError: an annotation that the façade cannot supply; says which and what to write.
    """
    signature, optional_actor = _read(handler, where)
    _refuse_contradictions(signature, route, where, optional_actor=optional_actor)
    return signature


@cache
def _read(handler: Callable[..., Any], where: str) -> tuple[Signature, bool]:
    """What the annotations say, and whether the actor may be absent.

    Kept, because a suite of tests builds the same routes hundreds of times: this is half of it.
    """
    hints = get_type_hints(handler, include_extras=True)
    given: dict[str, str] = {}
    parameters: list[Parameter] = []
    body: tuple[str, Any] | None = None
    if_match: tuple[str, bool] | None = None
    list_query: str | None = None
    optional_actor = False
    for name, parameter in list(inspect.signature(handler).parameters.items())[1:]:
        if name not in hints:
            raise CompositionError(f"{where}: the parameter {name!r} has no annotation")
        kind, optional = _without_none(hints[name])
        marker = _marker(kind)
        default = NODEFAULT if parameter.default is inspect.Parameter.empty else parameter.default
        if marker is not None and marker.place == "body":
            body = (name, _body_type(kind, where))
        elif marker is not None:
            parameters.append(_parameter(name, kind, marker.place, default))
        elif kind is IfMatch:
            if_match = (name, optional)
        elif kind is ListQuery:
            list_query = name
        elif kind in _GIVEN:
            given[name] = _GIVEN[kind]
            optional_actor = optional_actor or (kind is Actor and optional)
        else:
            raise CompositionError(
                f"{where}: cannot supply the parameter {name!r}: mark it FromPath[...], FromQuery[...], "
                "FromHeader[...] or JSONBody[...], or take UnitOfWork, Reader, Actor, Backend, Request, "
                "IfMatch or ListQuery"
            )
    signature = Signature(
        given=given,
        wants_actor="actor" in given.values(),
        parameters=tuple(parameters),
        body=body,
        if_match=if_match,
        list_query=list_query,
        returns=hints.get("return"),
    )
    return signature, optional_actor


def _refuse_contradictions(signature: Signature, route: Route, where: str, *, optional_actor: bool) -> None:
    kinds = set(signature.given.values())
    if {"uow", "reader"} <= kinds:
        raise CompositionError(f"{where}: takes both a UnitOfWork and a Reader; a unit of work reads too")
    if route.options.get("public") and signature.wants_actor and not optional_actor:
        raise CompositionError(f"{where}: is public, so its actor may be absent: write `actor: Actor | None`")
    if (signature.list_query is None) != (route.options.get("listing") is None):
        raise CompositionError(f"{where}: `listing=` and a `ListQuery` parameter belong together")
    if signature.body is not None and route.method in {"GET", "DELETE"}:
        raise CompositionError(f"{where}: {route.method} has no body")
    wire = [parameter.wire_name for parameter in signature.parameters if parameter.place == "query"]
    listing = route.options.get("listing")
    taken = {*LIST_NAMES, *listing.filters} if listing is not None else set()
    twice = sorted({name for name in wire if wire.count(name) > 1} | (taken & set(wire)))
    if twice:
        raise CompositionError(f"{where}: the query parameter {twice[0]!r} is declared twice")


def _without_none(kind: Any) -> tuple[Any, bool]:
    members = get_args(kind)
    if get_origin(kind) is not Annotated and type(None) in members and len(members) == 2:
        return next(member for member in members if member is not type(None)), True
    return kind, False


def _marker(kind: Any) -> Source | None:
    if get_origin(kind) is not Annotated:
        return None
    return next((extra for extra in get_args(kind)[1:] if isinstance(extra, Source)), None)


def _unmarked(kind: Any) -> Any:
    base, *extras = get_args(kind)
    kept = tuple(extra for extra in extras if not isinstance(extra, Source))
    return Annotated[(base, *kept)] if kept else base


def _parameter(name: str, kind: Any, place: str, default: Any) -> Parameter:
    inner, optional = _without_none(_unmarked(kind))
    if optional and default is NODEFAULT:
        default = None
    bare = get_args(inner)[0] if get_origin(inner) is Annotated else inner
    many = place == "query" and get_origin(bare) in {list, set, tuple, frozenset}
    wire_name = name.replace("_", "-").lower() if place == "header" else name
    return Parameter(name, place, wire_name, inner, default, many)


def _body_type(kind: Any, where: str) -> Any:
    inner = _unmarked(kind)
    if loose := open_structs(inner):
        raise CompositionError(
            f"{where}: the body's {loose[0].__name__} would let unknown fields pass: derive it from "
            "backstay.kernel.http.Payload, or declare it with forbid_unknown_fields=True"
        )
    return inner
