"""What a server says once it is ready: where everything is, and one line to try it with."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import click

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
    app = settings.app
    _say(
        f"\n  {_bold(app.name)} serves on {click.style(url, bold=True, fg='cyan')}  "
        + click.style(f"{app.environment}, {len(modules)} modules, ready in {seconds:.1f} s", dim=True)
        + "\n"
    )
    known = {place.path for place in places(modules)} | {"/docs"}
    for name, path in _PLACES:
        if path in known:
            _say(f"  {name:<9} {url}{path}")
    _say(f"  {'Database':<9} {redact_url(settings.database.url)}")
    for greeting in greetings:
        _say(f"  {greeting.label:<9} {_bold(url + greeting.path)}")
    token = demo_token(settings)
    if token is None:
        _say("")
        return
    _say(f"  {'Sign in':<9} as {_bold(DEMO)} with the token {_bold(token)}")
    _say(f"\n  {curl(modules, url, token)}\n")


def _bold(text: str) -> str:
    return click.style(text, bold=True)


def _say(line: str) -> None:
    """Print a line, in colour for a terminal that wants it (https://no-color.org).

    Not with rich, as the other commands do: a server would keep its five megabytes for these lines.
    """
    click.echo(line, color=False if os.environ.get("NO_COLOR") else None)


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
