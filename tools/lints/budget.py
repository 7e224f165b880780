"""Files stay short; what is longer is written down in exceptions.toml and may only shrink."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from typing import Final

from tools.lints.source import Finding, Tree

LINES: Final = 300
EXCEPTIONS: Final = "tools/lints/exceptions.toml"


def budget(tree: Tree) -> Iterator[Finding]:
    """At most 300 lines a file."""
    text = next((source.text for source in tree.sources if source.path == EXCEPTIONS), "")
    written = tomllib.loads(text)
    yield from measure(tree, written.get("lines", {}), written.get("generated", {}).get("paths", []))


def measure(tree: Tree, allowed: dict[str, int], generated: list[str]) -> Iterator[Finding]:
    """`allowed`: path -> its lines now. `generated`: patterns of files that a command writes."""
    lengths = {
        source.path: len(source.text.splitlines())
        for source in tree.sources
        if not any(fnmatch(source.path, pattern) for pattern in generated)
    }
    for path, lines in lengths.items():
        limit = allowed.get(path, LINES)
        if lines > limit:
            yield Finding(
                path,
                lines,
                f"{lines} lines, {limit} are allowed: split it by what its parts are about, "
                "as service.py becomes a folder service/",
            )
        elif path in allowed and lines <= LINES:
            yield Finding(
                EXCEPTIONS, 1, f"{path} has {lines} lines and needs no exception any more: remove its line"
            )
        elif path in allowed and lines < limit:
            yield Finding(
                EXCEPTIONS, 1, f"{path} has shrunk to {lines} lines: write {lines} instead of {limit}"
            )
    for path in sorted(allowed.keys() - lengths.keys()):
        yield Finding(EXCEPTIONS, 1, f"{path} does not exist any more: remove its line")
