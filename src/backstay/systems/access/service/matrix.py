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

_DATA: Final = """
## Whose data

Rows of organizations are reached from their own alone: the statement layer adds it to every query, and on
PostgreSQL row-level security stands behind that. Some of the house's tables hold rows of many organizations
(marked *), which their module's own statements keep apart; those of the others belong to such a row, to a
person or to the deployment. Who reaches them is for the routes above to say.
"""


class TableRow(Struct, frozen=True):
    """A table, as the matrix shows it."""

    module: str
    name: str
    scoped: bool
    """Whether its rows are reached from their organization alone."""
    mixed: bool
    """Whether its module keeps the organizations in it apart."""


class RouteRow(Struct, frozen=True):
    """A route, as the matrix shows it."""

    method: str
    path: str
    permission: str | None
    """None: anyone may call."""


def matrix(catalogue: Catalogue, routes: Iterable[RouteRow], tables: Sequence[TableRow]) -> str:
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
    lines += [_DATA, _row(["module", "organizations'", "the house's"]), _row(["---"] * 3)]
    lines += [
        _row([module, _named(tables, module, scoped=True), _named(tables, module, scoped=False)])
        for module in sorted({table.module for table in tables})
    ]
    return "\n".join(lines) + "\n"


def _named(tables: Iterable[TableRow], module: str, *, scoped: bool) -> str:
    return ", ".join(
        f"`{table.name}`{'*' if table.mixed else ''}"
        for table in sorted(tables, key=lambda table: table.name)
        if table.module == module and table.scoped is scoped
    )


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
