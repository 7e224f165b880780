"""What a module does around the requests of other modules' routes: limits, replays, kept answers.

A route declares what it wants of a system, `declares=[...]`, as a module does. The system whose
manifest `surrounds` routes is shown every one of them when the application is built, and stands
around those it chooses; a route that nobody surrounds pays nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from backstay.kernel.errors import BackstayError, FieldError
from backstay.kernel.module import CompositionError

if TYPE_CHECKING:
    from backstay.kernel.backend import Backend
    from backstay.kernel.database import UnitOfWork
    from backstay.kernel.http.endpoint import Endpoint
    from backstay.kernel.http.request import Request
    from backstay.kernel.http.response import Answer, Streaming

Proceed: TypeAlias = Callable[[], Awaitable["Answer | Streaming"]]
"""The rest of the request's way; to be awaited once, or not at all."""


@dataclass(frozen=True, kw_only=True)
class HeaderTaken:
    """A request header that a surrounded route takes, for the API's description."""

    name: str
    description: str
    required: bool = False
    max_length: int = 255
    pattern: str | None = None
    """A regular expression as ECMA-262 reads it."""


class Surround:
    """Stands around the requests of one route; override the moments that matter.

    Each moment is one of a request's, from the outside in. An error raised there becomes the
    answer, as if the handler had raised it; `request.reply_headers` go with every answer.
    """

    problems: Sequence[type[BackstayError]] = ()
    """Errors that it adds to the route's, for the API's description."""
    takes: Sequence[HeaderTaken] = ()
    """Request headers that it adds to the route's."""

    def complete(self, endpoint: Endpoint) -> None:
        """Look at its route's signature, which is read only now; before the route's first request.

        Raises:
            CompositionError: it cannot stand around such a route.
        """

    def read(self, request: Request, errors: list[FieldError]) -> None:
        """Look at the headers it takes, together with the route's own parameters.

        What is wrong with them is added to `errors`, so that one answer names every field at fault.
        """
        raise NotImplementedError

    async def arrive(self, request: Request, proceed: Proceed) -> Answer | Streaming:
        """Around everything: nobody has been authenticated and nothing read."""
        raise NotImplementedError

    async def admit(self, request: Request, proceed: Proceed) -> Answer | Streaming:
        """Once `request.actor` is known and may call; nothing has been read."""
        raise NotImplementedError

    async def execute(self, request: Request, proceed: Proceed) -> Answer | Streaming:
        """Once parameters and body are read and valid, around the unit of work and its commit."""
        raise NotImplementedError

    async def conclude(self, request: Request, uow: UnitOfWork, answer: Answer) -> None:
        """Within the handler's unit of work, when its answer is known: before the commit.

        A route that opens no unit never comes here.
        """
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Surrounds:
    """What a manifest says of the routes that its module surrounds."""

    make: Callable[[Backend, Endpoint], Surround | None]
    """Asked once a route when the application is built; None leaves the route alone."""
    knows: Sequence[type[Any]] = ()
    """The declarations that it understands. One on a route that no composed module knows stops the start,
    so that nobody believes in a limit that is not there."""


class Moments:
    """The surrounds of one route, sorted by the moments they care for."""

    def __init__(self, surrounds: Sequence[Surround]) -> None:
        self.all = surrounds
        self.read = [one.read for one in surrounds if _overrides(one, "read")]
        self.arrive = [one.arrive for one in surrounds if _overrides(one, "arrive")]
        self.admit = [one.admit for one in surrounds if _overrides(one, "admit")]
        self.execute = [one.execute for one in surrounds if _overrides(one, "execute")]
        self.conclude = [one.conclude for one in surrounds if _overrides(one, "conclude")]

    def complete(self, endpoint: Endpoint) -> None:
        """Let each look at the route's signature.

        Raises:
            CompositionError: one cannot stand around such a route.
        """
        for one in self.all:
            one.complete(endpoint)


def surrounds_of(backend: Backend, endpoint: Endpoint, where: str) -> Moments:
    """What the modules put around a route, the first composed outermost.

    Raises:
        CompositionError: the route declares what no composed module knows.
    """
    offers = [module.surrounds for module in backend.modules if module.surrounds is not None]
    known = tuple(kind for offer in offers for kind in offer.knows)
    for declaration in endpoint.route.options.get("declares", ()):
        if not isinstance(declaration, known):
            raise CompositionError(
                f"{where}: declares {declaration!r}, which no composed module knows: "
                "compose the system that it belongs to, or take it out"
            )
    made = (offer.make(backend, endpoint) for offer in offers)
    return Moments([one for one in made if one is not None])


def enclosed(
    arounds: Sequence[Callable[[Request, Proceed], Awaitable[Answer | Streaming]]],
    request: Request,
    proceed: Proceed,
) -> Awaitable[Answer | Streaming]:
    """Go on through those who stand around a moment, the first outermost."""
    for around in reversed(arounds):
        proceed = partial(around, request, proceed)
    return proceed()


def _overrides(surround: Surround, moment: str) -> bool:
    return getattr(type(surround), moment) is not getattr(Surround, moment)
