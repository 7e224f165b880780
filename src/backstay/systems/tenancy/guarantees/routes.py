"""Every route of a server, whatever modules it is composed of, read from its own OpenAPI document."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from msgspec import Struct

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NAMES: Final = frozenset({"name", "key"})
"""Members by which two organizations may call different things the same."""
_NEVER: Final = (
    ("/v1/auth/", "for anybody: there is no organization in it"),
    ("/v1/session", "the console's cookie: no organization's"),
    ("/v1/account/sessions/", "would end the session that tries"),
    ("/v1/account/erase", "would end whoever tries"),
    ("/v1/account/mail", "mails an address, once in a while"),
    ("/v1/account/password", "would end the session that tries"),
    ("/v1/account/second-factor", "would lock whoever tries out"),
    ("/v1/organization/leave", "would put whoever tries out"),
)
"""Beginnings of paths that are not sent to when nothing in them is named, each with the reason."""


class Route(Struct, frozen=True, kw_only=True):
    """One of them."""

    method: str
    template: str
    """`/v1/notes/{note_id}`."""
    names: tuple[str, ...]
    """What stands in its braces."""
    fixed: Mapping[str, str]
    """For names that are no ids, what the document gives as an example."""
    example: Any
    """A body that it takes; None where it takes none."""
    free: Mapping[str, str]
    """Members of the body that may be any words, and the pattern that these must match."""
    paged: bool

    @property
    def label(self) -> str:
        """How it is called."""
        return f"{self.method} {self.template}"

    @property
    def begins(self) -> bool:
        """Whether it makes, or does, something without naming what."""
        never = any(self.template.startswith(start) for start, _ in _NEVER)
        return self.method in {"POST", "PUT"} and set(self.names) <= set(self.fixed) and not never

    @property
    def shows(self) -> bool:
        """Whether it shows something without naming what, and comes to an end."""
        return self.method == "GET" and not self.names and not self.template.endswith("/stream")

    def path(self, values: Mapping[str, str]) -> str:
        """Its path for these names."""
        path = _PLACEHOLDER.sub(lambda match: quote(values[match[1]], safe=""), self.template)
        return f"{path}?limit=100" if self.paged else path


def routes_of(document: Mapping[str, Any]) -> list[Route]:
    """Every route that needs somebody to be signed in."""
    found = []
    for template, methods in document["paths"].items():
        for method, operation in methods.items():
            if operation.get("x-permission") is None:
                continue
            parameters: Sequence[Mapping[str, Any]] = operation.get("parameters", ())
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            fixed = {
                one["name"]: str(one["schema"].get("examples", ["visits"])[0])
                for one in parameters
                if one["in"] == "path" and "examples" in one["schema"]
            }
            found.append(
                Route(
                    method=method.upper(),
                    template=template,
                    names=tuple(_PLACEHOLDER.findall(template)),
                    fixed=fixed,
                    example=content.get("example"),
                    free=_free(document, content.get("schema", {})),
                    paged=any(one["name"] == "limit" for one in parameters),
                )
            )
    return found


class Holdings:
    """What one side was shown of its own: ids, numbers and names, by where they stand."""

    def __init__(self) -> None:
        self._named: dict[str, list[str]] = defaultdict(list)
        self._below: dict[str, list[Any]] = defaultdict(list)
        self.ids: set[str] = set()

    def learn(self, template: str, answer: Any) -> None:
        """Remember what an answer names."""
        for item in _objects(answer):
            self._below[template].append(item)
            for name, value in item.items():
                if isinstance(value, str | int) and not isinstance(value, bool):
                    self._named[name].append(str(value))
                if isinstance(value, str):
                    self.ids.update(ID.findall(value))

    def values(self, route: Route) -> Iterator[dict[str, str]]:
        """For each thing that the route could be about, what stands in its braces; the latest first."""
        parent = route.template.partition("/{")[0]
        first = route.names[0]
        seen = []
        for item in reversed(self._below[parent]):
            own = item.get(first, item.get("id", item.get("name")))
            if own is None or own in seen:
                continue
            seen.append(own)
            rest = {name: self.one(name) for name in route.names[1:]}
            if all(rest.values()):
                yield {first: str(own), **{name: str(value) for name, value in rest.items()}}
        if not seen and all(self.one(name) for name in route.names):
            yield {name: str(self.one(name)) for name in route.names}

    def one(self, name: str) -> str | None:
        """The latest value of this name; a `role_id` is also the id of what `/roles` shows."""
        if values := self._named.get(name):
            return values[-1]
        word = name.removesuffix("_id")
        for template, items in self._below.items():
            if word in template.rpartition("/")[2] and items and "id" in items[-1]:
                return str(items[-1]["id"])
        return None


def body_of(route: Route, holdings: Holdings, mark: str, *, names: bool) -> Any:
    """The route's example with a mark in its free words, and with ids out of the holdings.

    With `names` what things are called bears the mark too; without, both sides call them the same.
    """

    def fill(key: str, value: Any) -> Any:
        if isinstance(value, list):
            return [one for one in (fill(key, one) for one in value) if one is not None]
        if not isinstance(value, str):
            return value
        if ID.fullmatch(value):
            return holdings.one(key)
        marked = f"{value} {mark}"
        free = key in route.free and (names or key not in _NAMES) and re.search(route.free[key], marked)
        return marked if free else value

    if not isinstance(route.example, Mapping):
        return route.example
    filled = {key: fill(key, value) for key, value in route.example.items()}
    return {key: value for key, value in filled.items() if value is not None}


def _free(document: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, str]:
    properties = _resolved(document, schema).get("properties", {})
    found = {}
    for name, one in properties.items():
        member = _resolved(document, one)
        sorts = [_resolved(document, each) for each in member.get("anyOf", [member])]
        words = [
            each for each in sorts if each.get("type") == "string" and not {"enum", "format"} & set(each)
        ]
        if words:
            found[name] = str(words[0].get("pattern", ""))
    return found


def _resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _objects(answer: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(answer, Mapping):
        yield answer
        for value in answer.values():
            yield from _objects(value)
    elif isinstance(answer, list):
        for value in answer:
            yield from _objects(value)
