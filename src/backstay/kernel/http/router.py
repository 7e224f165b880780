"""Which endpoint answers a path: Litestar's routing trie, and the API's versions.

This file is all that the house takes of Litestar's dispatch. A route is registered there
as a handler that carries its place among the endpoints; a request asks the trie for it and
calls the endpoint itself, because Litestar's own way from the trie to the handler (a request object,
a signature model, exception and response layers, each built anew for every request) costs
some 100 us of CPU, half of what a whole request may cost here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple, cast

from litestar import Litestar
from litestar.config.app import AppConfig
from litestar.enums import HttpMethod
from litestar.exceptions import ImproperlyConfiguredException, MethodNotAllowedException, NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.types import ControllerRouterHandler

from backstay.kernel.http.endpoint import Endpoint
from backstay.kernel.http.errors import MethodNotAllowed, NoSuchRoute, UnknownVersion
from backstay.kernel.module import CompositionError

_PLACE: Final = "place"
_MAX_PATH: Final = 2048
"""Characters; the trie remembers the values of recent paths, so they must be bounded."""


class Match(NamedTuple):
    """The endpoint of a request."""

    endpoint: Endpoint
    path_params: Mapping[str, Any]
    template: str
    """As metrics label it and OpenAPI writes it: `/v1/notes/{note_id}`."""


class Router:
    """Every route of the application."""

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        """Register the endpoints.

        Raises:
            CompositionError: two routes have the same method and path, or a path cannot be read.
        """
        self.endpoints = endpoints
        self.versions = _live_versions(endpoints)
        _name_successors(endpoints)
        self._find = _trie(tuple((one.route.method, one.template, one.status) for one in endpoints))

    def match(self, method: str, path: str) -> Match:
        """The endpoint of a method and path; HEAD finds that of GET.

        Raises:
            NoSuchRoute: no route has the path.
            MethodNotAllowed: routes have the path, for other methods; `Allow` names them.
        """
        if len(path) > _MAX_PATH:
            raise NoSuchRoute
        if len(path) > 1 and path[-1] == "/":
            path = path.rstrip("/") or "/"
        try:
            _, handler, _, params, template = self._find(
                path=path, method="GET" if method == "HEAD" else method
            )
        except MethodNotAllowedException as failure:
            allowed = self.allowed(path)
            refusal = MethodNotAllowed(f"It takes {allowed}.")
            refusal.headers["allow"] = allowed
            raise refusal from failure
        except NotFoundException as failure:
            raise NoSuchRoute from failure
        place = handler.opt.get(_PLACE)
        if place is None:  # Litestar's own handler of OPTIONS
            raise MethodNotAllowed
        return Match(self.endpoints[place], params, template)

    def allowed(self, path: str) -> str:
        """The methods that a path takes, as `Allow` lists them; empty when there is no such path."""
        found = []
        for method in ("DELETE", "GET", "PATCH", "POST", "PUT"):
            try:
                self._find(path=path, method=method)
            except MethodNotAllowedException:
                continue
            except NotFoundException:
                continue
            found.append(method)
        if "GET" in found:
            found.append("HEAD")
        return ", ".join(sorted([*found, "OPTIONS"])) if found else ""

    def check_version(self, wanted: str, path: str) -> str:
        """The path that a request for version `wanted` means.

        Raises:
            UnknownVersion: the version is not live, or the path names a different one.
        """
        if wanted not in self.versions:
            raise UnknownVersion(
                f"Version {wanted[:20]!r} is not live here.", supported=sorted(self.versions, key=int)
            )
        named = _version_in(path)
        if named is None:
            return f"/v{wanted}{path}"
        if named != wanted:
            raise UnknownVersion(
                f"The path says version {named} and the header says {wanted}; send one, or both alike."
            )
        return path


@lru_cache(maxsize=16)
def _trie(routes: tuple[tuple[str, str, int], ...]) -> Callable[..., Any]:
    """Litestar's search of these methods, templates and statuses.

    It takes a millisecond a route to make and knows nothing of a backend, so the many backends
    of a test run share it.

    Raises:
        CompositionError: two routes have the same method and path, or a path cannot be read.
    """
    handlers: list[ControllerRouterHandler] = [_handler(place, *route) for place, route in enumerate(routes)]
    try:
        litestar = Litestar.from_config(AppConfig(route_handlers=handlers, openapi_config=None))
    except ImproperlyConfiguredException as failure:
        raise CompositionError(f"the routes do not fit together: {failure.detail}") from failure
    # Without its cache, which would keep whatever paths strangers ask for.
    return cast("Callable[..., Any]", litestar.asgi_router.handle_routing.__wrapped__)


def _handler(place: int, method: str, template: str, status: int) -> HTTPRouteHandler:
    async def stand_in() -> None:
        """Never called: the façade calls the endpoint."""

    return HTTPRouteHandler(
        template,
        http_method=[HttpMethod(method)],
        status_code=status,
        name=f"{method} {template}",
        opt={_PLACE: place},
    )(stand_in)


def _version_in(path: str) -> str | None:
    head = path[1:].partition("/")[0]
    return head[1:] if head.startswith("v") and head[1:].isdigit() else None


def _live_versions(endpoints: Iterable[Endpoint]) -> set[str]:
    return {endpoint.version for endpoint in endpoints if endpoint.version is not None}


def _name_successors(endpoints: Sequence[Endpoint]) -> None:
    """Tell each deprecated route the next version that has its method and path."""
    by_route: dict[tuple[str, str], dict[int, Endpoint]] = defaultdict(dict)
    for endpoint in endpoints:
        if endpoint.version is not None:
            rest = endpoint.template.removeprefix(f"/v{endpoint.version}")
            by_route[endpoint.route.method, rest][int(endpoint.version)] = endpoint
    for versions in by_route.values():
        for number, endpoint in versions.items():
            later = [other for other in versions if other > number]
            if later and "deprecated" in endpoint.route.options:
                endpoint.successor = str(min(later))
