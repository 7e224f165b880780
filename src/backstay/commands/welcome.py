"""What a server says once it is ready: where everything is, and one line to try it with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from rich.console import Console
from rich.markup import escape

from backstay.kernel.auth import DEMO, demo_token
from backstay.kernel.http import Controller, Route, routes_of
from backstay.kernel.module import Greeting, Module
from backstay.kernel.settings import Settings, redact_url

_PLACES: Final = (
    ("Console", "/console"),
    ("API", "/docs"),
    ("Metrics", "/metrics"),
    ("Health", "/readyz"),
)


class Place(NamedTuple):
    """A route and its full path."""

    path: str
    route: Route


def places(modules: Sequence[Module]) -> Iterator[Place]:
    """Every route of the modules, in the order of their declaration."""
    for module in modules:
        for controller in module.controllers:
            for route, _ in routes_of(controller):
                yield Place(_path(controller, route), route)


def welcome(
    settings: Settings,
    modules: Sequence[Module],
    url: str,
    *,
    seconds: float,
    greetings: Sequence[Greeting] = (),
) -> None:
    """Print it to standard output."""
    console = Console(highlight=False, soft_wrap=True)
    app = settings.app
    console.print(
        f"\n  [bold]{escape(app.name)}[/] serves on [bold cyan]{url}[/]  "
        f"[dim]{app.environment}, {len(modules)} modules, ready in {seconds:.1f} s[/]\n"
    )
    known = {place.path for place in places(modules)} | {"/docs"}
    for name, path in _PLACES:
        if path in known:
            console.print(f"  {name:<9} {url}{path}")
    console.print(f"  {'Database':<9} {escape(redact_url(settings.database.url))}")
    for greeting in greetings:
        console.print(f"  {greeting.label:<9} [bold]{escape(url + greeting.path)}[/]")
    token = demo_token(settings)
    if token is not None:
        console.print(f"  {'Sign in':<9} as [bold]{DEMO}[/] with the token [bold]{escape(token)}[/]")
        console.print(f"\n  {curl(modules, url, token)}\n", markup=False)
    else:
        console.print()


def curl(modules: Sequence[Module], url: str, token: str) -> str:
    """A line to paste: the first list of the last module that has one, else the description of the API."""
    for module in reversed(modules):
        for place in places([module]):
            if _is_list(place):
                return f"curl -H 'Authorization: Bearer {token}' {url}{place.path}"
    return f"curl {url}/openapi.json"


def _is_list(place: Place) -> bool:
    return (
        place.route.method == "GET"
        and "listing" in place.route.options
        and "deprecated" not in place.route.options
        and "{" not in place.path
    )


def _path(controller: type[Controller], route: Route) -> str:
    version = route.options.get("version", controller.version)
    prefix = "" if version is None else f"/v{version}"
    return f"{prefix}{controller.path}{route.path}" or "/"
