"""Which endpoint answers a path, and the API's versions.

Paths without parameters are one look-up in a dictionary; the others are a trie over their parts. At
each part a written-out name goes before a parameter, and no way back is taken: a path that begins
like `/notes/archive` is never tried as `/notes/{id}`. ADR 20 says why this is the house's own.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Struct

from backstay.kernel.http.conversion import from_text
from backstay.kernel.http.endpoint import Endpoint
from backstay.kernel.http.errors import MethodNotAllowed, NoSuchRoute, UnknownVersion
from backstay.kernel.module import CompositionError

_MAX_PATH: Final = 2048
"""Characters."""
_PARAMETER: Final = re.compile(r"\{(\w+):(\w+)\}")
_REST: Final = "path"
"""The type of a parameter that takes every part that is left, slashes included; begins with one."""


_TYPES: Final[Mapping[str, Callable[[str], Any] | None]] = {
    "str": None,
    _REST: None,
    "uuid": partial(msgspec.convert, type=UUID),
    "int": lambda text: from_text(int, text),
    "float": lambda text: from_text(float, text),
    "decimal": lambda text: from_text(Decimal, text),
    "date": lambda text: from_text(date, text),
    "datetime": lambda text: from_text(datetime, text),
}
"""How a parameter's text becomes its value; None where it is the value."""


class _Leaf(NamedTuple):
    """One method of a path."""

    endpoint: Endpoint
    parameters: tuple[tuple[str, Callable[[str], Any] | None], ...]
    template: str


class _Node:
    """The paths that have begun alike."""

    __slots__ = ("children", "leaves", "parameter", "takes_rest")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.parameter: _Node | None = None
        """Where a part leads that no child is called by."""
        self.takes_rest = False
        """Whether this is where a parameter of the type `path` leads."""
        self.leaves: dict[str, _Leaf] = {}


class Match(Struct, frozen=True, gc=False):
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
        self._plain: dict[str, dict[str, _Leaf]] = {}
        """Leaves by method, by path: of the paths without parameters."""
        self._root = _Node()
        self._above: dict[str, _Node] = {}
        """Nodes by path: of the paths without parameters that go on with one."""
        for endpoint in endpoints:
            self._register(endpoint)

    def _register(self, endpoint: Endpoint) -> None:
        template, method = endpoint.template, endpoint.route.method
        where = f"{method} {template}"
        parts = [part for part in template.split("/") if part]
        node = self._root
        parameters: list[tuple[str, Callable[[str], Any] | None]] = []
        for place, part in enumerate(parts):
            if "{" not in part and "}" not in part:
                node = node.children.setdefault(part, _Node())
                continue
            name, kind = _parameter(part, where)
            if kind == _REST and part is not parts[-1]:
                raise CompositionError(f"{where}: {part} takes the whole rest, so it comes last")
            if node.parameter is None:
                node.parameter = _Node()
                node.parameter.takes_rest = kind == _REST
                if not parameters and kind != _REST:
                    self._above["".join(f"/{before}" for before in parts[:place])] = node
            elif node.parameter.takes_rest != (kind == _REST):
                raise CompositionError(f"{where}: where {part} stands, another route's parameter is no rest")
            node = node.parameter
            parameters.append((name, _TYPES[kind]))
        leaves = node.leaves if parameters else self._plain.setdefault("/" + "/".join(parts), {})
        if method in leaves:
            raise CompositionError(
                f"the routes do not fit together: {where} is {leaves[method].template} once more"
            )
        leaves[method] = _Leaf(endpoint, tuple(parameters), _PARAMETER.sub(r"{\1}", template))

    def match(self, method: str, path: str) -> Match:
        """The endpoint of a method and path; HEAD finds that of GET.

        Raises:
            NoSuchRoute: no route has the path.
            MethodNotAllowed: routes have the path, for other methods; `Allow` names them.
        """
        leaves, values = self._find(path)
        leaf = leaves.get("GET" if method == "HEAD" else method)
        if leaf is None:
            if not leaves:
                raise NoSuchRoute
            allowed = _allowed(leaves)
            refusal = MethodNotAllowed(f"It takes {allowed}.")
            refusal.headers["allow"] = allowed
            raise refusal
        if not values:
            return Match(leaf.endpoint, {}, leaf.template)
        params: dict[str, Any] = {}
        try:
            for (name, parse), value in zip(leaf.parameters, values, strict=True):
                params[name] = value if parse is None else parse(value)
        except msgspec.ValidationError as failure:
            raise NoSuchRoute from failure
        return Match(leaf.endpoint, params, leaf.template)

    def allowed(self, path: str) -> str:
        """The methods that a path takes, as `Allow` lists them; empty when there is no such path."""
        return _allowed(self._find(path)[0])

    def _find(self, path: str) -> tuple[Mapping[str, _Leaf], Sequence[str]]:
        """What the path leads to, nothing where it leads nowhere, and the texts of its parameters."""
        if len(path) > _MAX_PATH:
            return {}, ()
        plain = self._plain.get(path)
        if plain is not None:
            return plain, ()
        head, _, last = path.rpartition("/")
        above = self._above.get(head)
        # As nearly every path with a parameter is: `/v1/notes/{note_id}`, and no written-out name fits.
        if above is not None and last and last not in above.children and above.parameter is not None:
            return above.parameter.leaves, (last,)
        if path.endswith("/"):
            plain = self._plain.get(path.rstrip("/") or "/")
            if plain is not None:
                return plain, ()
        node, values = self._root, []
        parts = path.removeprefix("/").split("/")
        if "" in parts:
            parts = [part for part in parts if part]
        for place, part in enumerate(parts):
            child = node.children.get(part)
            if child is not None:
                node = child
                continue
            if node.parameter is None:
                return {}, ()
            node = node.parameter
            if node.takes_rest:
                values.append("/" + "/".join(parts[place:]))
                break
            values.append(part)
        return node.leaves, values

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


def _parameter(part: str, where: str) -> tuple[str, str]:
    """Name and type of a parameter."""
    match = _PARAMETER.fullmatch(part)
    if match is None:
        raise CompositionError(f"{where}: write a parameter as a whole part with its type: {{id:uuid}}")
    name, kind = match.groups()
    if kind not in _TYPES:
        raise CompositionError(f"{where}: no type {kind!r}; there are: {', '.join(sorted(_TYPES))}")
    return name, kind


def _allowed(leaves: Mapping[str, _Leaf]) -> str:
    if not leaves:
        return ""
    head = ("HEAD",) if "GET" in leaves else ()
    return ", ".join(sorted([*leaves, *head, "OPTIONS"]))


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
