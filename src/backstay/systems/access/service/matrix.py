"""The permission matrix: every route, what it asks for, and which presets have it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from backstay.systems.access.service.presets import PRESETS, Catalogue, preset_id

_HEAD: Final = """# Who may do what

Every route, the permission that it asks for, and the roles of the house that have it. Made by
`backstay access matrix`; a test compares it with the routes. Roles of your own may hold any of these
but those marked *house*, which reach beyond one organization and belong to its operators alone.
"""

_FIELDS: Final = """
## Single fields

Of what these routes show and take, some fields need a permission of their own: without it they are shown as
null, and a request that sets one is refused.
"""


class RouteRow(Struct, frozen=True):
    """A route, as the matrix shows it."""

    method: str
    path: str
    permission: str | None
    """None: anyone may call."""


def matrix(catalogue: Catalogue, routes: Iterable[RouteRow]) -> str:
    """The page, in Markdown."""
    names = list(PRESETS)[::-1]
    head = ["route", "permission", *(PRESETS[name].title for name in names)]
    lines = [_HEAD, _row(head), _row(["---", "---", *(":-:" for _ in names)])]
    lines += [
        _row([f"`{route.method} {route.path}`", *_cells(catalogue, route, names)])
        for route in sorted(routes, key=lambda route: (route.path, route.method))
    ]
    lines += [_FIELDS, _row(["field", *head[1:]]), _row(["---", "---", *(":-:" for _ in names)])]
    lines += [
        _row([f"`{field}`", *_cells(catalogue, RouteRow("", "", permission), names)])
        for field, permission in sorted(
            (field, name) for name, fields in catalogue.fields.items() for field in fields
        )
    ]
    return "\n".join(lines) + "\n"


def _cells(catalogue: Catalogue, route: RouteRow, names: Sequence[str]) -> list[str]:
    if route.permission is None:
        return ["anyone", *("x" for _ in names)]
    if route.permission in catalogue.of_the_house:
        return [f"`{route.permission}` *house*", *("" for _ in names)]
    return [
        f"`{route.permission}`",
        *("x" if route.permission in catalogue.given[preset_id(name)] else "" for name in names),
    ]


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
