"""How a page comes about: templates, money in words for people, and problems as pages."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct
from typing_extensions import override

from backstay.kernel.backend import Backend
from backstay.kernel.errors import BackstayError
from backstay.kernel.http import Answer, Endpoint, Proceed, Request, Response, Streaming, Surround, Surrounds
from backstay.kernel.money import written
from backstay.products.commerce.storefront.http.drawing import drawing
from backstay.products.commerce.storefront.http.forms import refuse_strange_page
from backstay.products.commerce.storefront.http.visits import Visit
from backstay.systems.identity import doors

if TYPE_CHECKING:
    from jinja2 import Environment

HTML: Final = "text/html; charset=utf-8"
UNSEEN: Final = {"cache-control": "no-store", "x-robots-tag": "noindex, nofollow"}
"""Pages of one shopper alone: kept by nobody, found by no search engine."""
LOOKED_AT: Final = {"cache-control": "private, no-cache"}
"""Pages for everybody, which show whose cart it is besides."""
FILES: Final = {
    "shop.css": "text/css; charset=utf-8",
    "account.css": "text/css; charset=utf-8",
    "shop.js": "text/javascript; charset=utf-8",
    "passkey.js": "text/javascript; charset=utf-8",
}
_PACKAGE: Final = "backstay.products.commerce.storefront"


class Page(Struct, frozen=True):
    """Declared by a route that answers people: its problems are pages, and its forms come from its pages."""


class _Paging(Surround):
    """Stands around one page."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    @override
    async def arrive(self, request: Request, proceed: Proceed) -> Answer | Streaming:
        """Refuse what another site may have provoked; recognize who comes; say what went wrong in words."""
        try:
            refuse_strange_page(self._backend, request)
            actor = await doors.who(self._backend, request)
            # Whose session is over, or whose second factor is missing, looks around as a guest.
            request.record.actor = actor
            request.actor = None if actor is not None and actor.pending else actor
            return await proceed()
        except BackstayError as refused:
            if refused.status >= 500:
                raise  # somebody has to look at it: logged, and told as everywhere
            wait = {name: value for name, value in refused.headers.items() if name.lower() == "retry-after"}
            again = next((_span(int(value)) for value in wait.values() if value.isdigit()), None)
            template = _environment().get_template("problem.html.j2")
            page = template.render(problem=refused, asset=asset, again=again)
            headers = [(name.encode(), value.encode()) for name, value in {**UNSEEN, **wait}.items()]
            return Answer(refused.status, page.encode(), HTML.encode(), headers)


def _span(seconds: int) -> str:
    count, unit = (seconds, "second") if seconds < 120 else (-(-seconds // 60), "minute")
    return f"{count} {unit}{'' if count == 1 else 's'}"


def _around(backend: Backend, endpoint: Endpoint) -> Surround | None:
    return _Paging(backend) if endpoint.declared(Page) else None


PAGES: Final = Surrounds(make=_around, knows=[Page])


def show(visit: Visit, name: str, *, status: int = 200, unseen: bool = False, **shown: Any) -> Response[str]:
    """A page of a shop."""
    text = _environment().get_template(f"{name}.html.j2").render(visit=visit, shop=visit.shop, **shown)
    # Whoever signs out on a machine of others leaves no page in it that says who they were.
    unseen = unseen or visit.person is not None
    return Response(text, status=status, headers=UNSEEN if unseen else LOOKED_AT, media_type=HTML)


def see(path: str) -> Response[str]:
    """Send the browser on with a GET, so that loading a page again sends no form again."""
    return Response("", status=303, headers={"location": path, **UNSEEN})


def percent(ppm: int) -> str:
    """A share as people write it: 19%, 8.875%."""
    return f"{ppm / 10_000:.4f}".rstrip("0").rstrip(".") + "%"


def picture(media: object) -> str | None:
    """Where a picture, or an address of one, lies on this server: nobody else learns who looks at what."""
    url = getattr(media, "url", media)
    if not isinstance(url, str) or not url.startswith("/") or url[1:2] in {"/", "\\"}:
        return None
    return url


@lru_cache
def asset(name: str) -> str:
    """The address of one of our files; it changes when the file does."""
    return f"/storefront/{name}?v={hashlib.sha256(file_of(name)).hexdigest()[:12]}"


@lru_cache
def file_of(name: str) -> bytes:
    """One of `FILES`."""
    return files(_PACKAGE).joinpath("static", name).read_bytes()


@lru_cache
def _environment() -> Environment:
    # With the first page: most servers show none, and none before it is ready.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader(_PACKAGE, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": percent}
    environment.globals |= {"money": written, "asset": asset, "drawing": drawing, "picture": picture}
    return environment
