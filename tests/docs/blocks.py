"""Takes the fenced blocks out of a page of documentation. CONTRIBUTING.md tells what the fences mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

EXECUTED: Final = frozenset({"sh", "python"})
OUTPUT: Final = frozenset({"json", "text", "http"})
_FENCE: Final = re.compile(
    r"^(?P<indent> *)(?P<fence>```+)(?P<info>[^`\n]*)\n(?P<text>.*?)^(?P=indent)(?P=fence) *$",
    re.MULTILINE | re.DOTALL,
)
_INFO: Final = re.compile(
    r"(?P<language>\S+)(?: +(?P<server>server)| +file=(?P<file>\S+)| +no-run: (?P<reason>\S.*))?$"
)


class PageError(Exception):
    """A fence that the convention does not know."""


@dataclass(frozen=True)
class Block:
    """One fenced block."""

    line: int
    """Where its opening fence stands in the page, from 1."""
    language: str
    text: str
    file: str | None = None
    """The file that it becomes, relative to the shell's folder."""
    server: bool = False
    """Whether it starts a server that runs on behind the blocks after it."""
    shown_only: bool = False
    expected: str | None = None
    """What it must print, from the block straight after it."""
    expected_language: str = "text"


def blocks(page: str) -> list[Block]:
    """The blocks that are executed or written to files, each with the output that the page shows for it.

    Raises:
        PageError: a fence has options that the convention does not know.
    """
    found: list[Block] = []
    for block, follows in _fences(page):
        previous = found[-1] if found else None
        if block.language in OUTPUT and follows and previous is not None and _prints(previous):
            found[-1] = Block(
                **{**vars(previous), "expected": block.text, "expected_language": block.language}
            )
        elif block.file or (block.language in EXECUTED and not block.shown_only):
            found.append(block)
        else:
            found.append(Block(**{**vars(block), "shown_only": True}))
    return [block for block in found if not block.shown_only]


def _prints(block: Block) -> bool:
    return not (block.shown_only or block.file or block.server) and block.expected is None


def _fences(page: str) -> Iterator[tuple[Block, bool]]:
    """Each fenced block, and whether nothing but blank lines stands between it and the one before."""
    end = None
    for match in _FENCE.finditer(page):
        line = page.count("\n", 0, match.start()) + 1
        follows = end is not None and not page[end : match.start()].strip()
        end = match.end()
        indent = len(match["indent"])
        text = "".join(
            row[indent:] if row.strip() else row for row in match["text"].splitlines(keepends=True)
        )
        yield _block(line, match["info"].strip(), text), follows


def _block(line: int, info: str, text: str) -> Block:
    if not info:
        return Block(line, "", text, shown_only=True)
    options = _INFO.match(info)
    if options is None:
        raise PageError(
            f"line {line}: the fence {info!r} is unknown: write `sh`, `sh server`, `python`, `python file=name.py`, "
            "or `sh no-run: why` (CONTRIBUTING.md, Documentation that runs)"
        )
    return Block(
        line,
        options["language"],
        text,
        file=options["file"],
        server=options["server"] is not None,
        shown_only=options["reason"] is not None,
    )
