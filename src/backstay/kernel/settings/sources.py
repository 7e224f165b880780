"""Where settings are read from: a TOML file, with the line of every value, and the environment."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from backstay.kernel.settings.reading import Key

PREFIX: Final = "BACKSTAY_"
RESERVED: Final = ("BACKSTAY_CONFIG", "BACKSTAY_LAB_", "BACKSTAY_TEST_", "BACKSTAY_WORKER_")
"""Variables with these beginnings are not settings: the file's path, and what the lab, the tests and
the supervisor of workers tell the processes that they start."""

Location = tuple[Key, ...]


class File(Struct, frozen=True):
    """A parsed TOML file."""

    name: str
    """The path as it was given."""
    content: Mapping[str, Any]
    lines: Mapping[Location, int]

    def source(self, location: Location) -> str:
        """`backstay.toml:12` for the value at this location, or for the nearest one around it."""
        for length in range(len(location), 0, -1):
            if line := self.lines.get(location[:length]):
                return f"{self.name}:{line}"
        return self.name


def parse(text: str, name: str) -> File:
    """Parse TOML and note on which line each value begins.

    Raises:
        tomllib.TOMLDecodeError: the text is no TOML 1.0.
    """
    content = tomllib.loads(text)
    lines: dict[Location, int] = {}
    header: Location = ()
    elements: dict[Location, int] = {}
    for line, statement in _statements(text):
        table = tomllib.loads(statement)
        if statement.lstrip().startswith("["):
            header = _header(table, elements)
            lines.setdefault(header, line)
        else:
            for location in _locations(table, header):
                lines.setdefault(location, line)
    return File(name, content, lines)


def read_file(path: Path) -> File:
    """The parsed file.

    Raises:
        OSError: it cannot be read.
        tomllib.TOMLDecodeError: it is no TOML 1.0.
        UnicodeDecodeError: it is no UTF-8.
    """
    return parse(path.read_text(encoding="utf-8"), str(path))


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Each header or `key = value` with its first line; a value may go on over several lines.

    The real parser decides where a statement ends: it is the first line at which what was
    gathered is valid by itself.
    """
    gathered = ""
    first = 1
    for line, part in enumerate(text.splitlines(keepends=True), start=1):
        if not gathered:
            first = line
        gathered += part
        try:
            empty = not tomllib.loads(gathered)
        except tomllib.TOMLDecodeError:
            continue
        if not empty:
            yield first, gathered
        gathered = ""


def _header(table: Mapping[str, Any], elements: dict[Location, int]) -> Location:
    """The location that `[a.b]` or `[[a.b]]` opens; `elements` counts the tables of each array."""
    location: Location = ()
    while True:
        ((key, inner),) = table.items()
        location = (*location, key)
        if isinstance(inner, list):
            elements[location] = elements.get(location, -1) + 1
            return (*location, elements[location])
        if location in elements:
            location = (*location, elements[location])
        if not inner:
            return location
        table = inner


def _locations(value: Any, location: Location) -> Iterator[Location]:
    if location:
        yield location
    items = (
        value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, inner in items:
        yield from _locations(inner, (*location, key))
