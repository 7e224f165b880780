"""Declaring routes: controllers and the five method decorators.

A route says who may call it: `permission=` or `public=True`. One that says neither does
not compile into an application, so nothing is open by forgetting.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, NamedTuple, TypedDict, TypeVar, Unpack

from backstay.kernel.actor import Permission
from backstay.kernel.errors import BackstayError

if TYPE_CHECKING:
    from backstay.kernel.database import Listing

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Handler = TypeVar("Handler", bound=Callable[..., Any])

_ATTRIBUTE: Final = "__backstay_routes__"
_STATUS: Final[dict[Method, int]] = {"GET": 200, "POST": 201, "PUT": 200, "PATCH": 200, "DELETE": 204}


class RouteOptions(TypedDict, total=False):
    """What a route may say of itself. `permission` or `public` it must say."""

    permission: Permission
    """What the actor must hold."""
    public: bool
    """Anyone may call; nobody is authenticated unless the handler asks for an actor, and whose second factor
    is missing is nobody then."""
    in_person: bool
    """Whether whoever acts in somebody's place is refused; as the permission says when not said."""
    status: int
    """Of the answer; 201 for POST, 204 for DELETE and 200 else when not said."""
    version: str | None
    """The API version (`"2"` for `/v2/...`) when it is not the controller's; None for none."""
    summary: str
    """One line for the API's description; the docstring's first line when not said."""
    description: str
    """More of it; the docstring's rest when not said."""
    operation: str
    """The operation's name after the module's, when the handler's own would repeat."""
    deprecated: date
    """Since when (RFC 9745); the successor is the same path in the next live version."""
    sunset: date
    """From when it may stop answering (RFC 8594)."""
    listing: Listing[Any]
    """The list behind a `ListQuery`, whose filters and sorts it takes."""
    body_limit: int
    """Bytes, when the deployment's limit does not fit."""
    hidden: bool
    """Leave it out of the API's description."""
    any_query: bool
    """Let any query string pass, for pages whose scripts read it; elsewhere an unknown one is an error."""
    problems: Sequence[type[BackstayError]]
    """Errors worth naming there beyond those that every route may answer."""
    declares: Sequence[object]
    """What it wants of systems that surround routes: its limits, its replays, how long its answer keeps."""
    example: Any
    """An instance of what is returned, for the API's description."""
    asked: Any
    """An instance of what is sent, for the same; made up of the schema when not said."""


class Route(NamedTuple):
    """What a decorator said about one handler."""

    method: Method
    path: str
    options: RouteOptions

    @property
    def status(self) -> int:
        """The answer's status unless the handler sets another."""
        return self.options.get("status", _STATUS[self.method])


class Controller:
    """Routes that share a path. One instance serves every request, so it holds no state.

    Handlers are async methods. What they need arrives by annotation: `uow: UnitOfWork`,
    `reader: Reader`, `actor: Actor`, `backend: Backend`, `request: Request`,
    `version: IfMatch`, `query: ListQuery`, and parameters marked `FromPath`, `FromQuery`,
    `FromHeader` or `JSONBody`.
    """

    path: ClassVar[str] = ""
    """The beginning of every route's path, after the version: `/notes`."""
    name: ClassVar[str] = ""
    """Comes between module and handler in the names of operations, where these would repeat."""
    version: ClassVar[str | None] = "1"
    """The API version of its routes; None for paths outside the API (`/livez`, `/console`)."""


def routes_of(controller: type[Controller]) -> list[tuple[Route, str]]:
    """The routes of a controller with the name of each handler, in the order they were written."""
    found: list[tuple[Route, str]] = []
    for name in _members(controller):
        found += [(route, name) for route in getattr(getattr(controller, name), _ATTRIBUTE, ())]
    return found


def _members(controller: type[Controller]) -> list[str]:
    names: dict[str, None] = {}
    for layer in reversed(controller.__mro__):
        names |= dict.fromkeys(name for name in vars(layer) if not name.startswith("__"))
    return list(names)


def get(path: str = "", **options: Unpack[RouteOptions]) -> Callable[[Handler], Handler]:
    """A handler of GET, and of HEAD, which is answered alike without the body."""
    return _declare("GET", path, options)


def post(path: str = "", **options: Unpack[RouteOptions]) -> Callable[[Handler], Handler]:
    """A handler of POST."""
    return _declare("POST", path, options)


def put(path: str = "", **options: Unpack[RouteOptions]) -> Callable[[Handler], Handler]:
    """A handler of PUT."""
    return _declare("PUT", path, options)


def patch(path: str = "", **options: Unpack[RouteOptions]) -> Callable[[Handler], Handler]:
    """A handler of PATCH."""
    return _declare("PATCH", path, options)


def delete(path: str = "", **options: Unpack[RouteOptions]) -> Callable[[Handler], Handler]:
    """A handler of DELETE."""
    return _declare("DELETE", path, options)


def _declare(method: Method, path: str, options: RouteOptions) -> Callable[[Handler], Handler]:
    route = Route(method, path, options)

    def add(handler: Handler) -> Handler:
        setattr(handler, _ATTRIBUTE, (*getattr(handler, _ATTRIBUTE, ()), route))
        return handler

    return add
