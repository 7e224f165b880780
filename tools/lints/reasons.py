"""Every word that silences a tool says why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tools.lints.source import Finding, Source, Tree

_SILENCERS: Final = re.compile(
    r"#\s*(noqa|type:\s*ignore|pragma:\s*no (?:cover|branch)|fmt:\s*(?:off|skip)|ruff:)"
)
_EXPLAINED: Final = re.compile(r"( - |\s\(|\]\s+# )\S.{3,}")
_SCRIPT: Final = re.compile(r"(eslint-disable|biome-ignore|@ts-ignore|@ts-expect-error|@ts-nocheck)(.*)")
_SCRIPT_EXPLAINED: Final = re.compile(r"(--|[:-]) \S+ \S+")


def reason(tree: Tree) -> Iterator[Finding]:
    """`# noqa: X - why`, `# type: ignore[x]  # why`, `# pragma: no cover - why`; likewise in the console."""
    for source in tree.sources:
        for line, silencer in _unexplained(source):
            message = (
                f"`{silencer}` gives no reason: write one after ` - ` (type: ignore wants `  # `, TS `: `), "
                "or mend what it silences"
            )
            yield Finding(source.path, line, message)


def _unexplained(source: Source) -> Iterator[tuple[int, str]]:
    if source.is_python:
        for line, comment in source.comments:
            found = _SILENCERS.search(comment)
            if found and not _EXPLAINED.search(comment):
                yield line, found[1]
    elif source.path.startswith("console/"):
        for line, text in enumerate(source.text.splitlines(), 1):
            found = _SCRIPT.search(text)
            if found and not _SCRIPT_EXPLAINED.search(found[2]):
                yield line, found[1]
