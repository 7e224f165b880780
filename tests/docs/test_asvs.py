"""The ASVS ledger names every requirement once, tests that exist, and figures that are right."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from msgspec import Struct

from backstay.systems.identity.settings import IdentitySettings

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/asvs.md").read_text(encoding="utf-8")
STANDINGS = ("shown", "in part", "waived", "not applicable", "not built")
ASKED = {
    1: """
        6.1.1 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.3.1 6.3.2 6.4.1 6.4.2
        7.2.1 7.2.2 7.2.3 7.2.4 7.4.1 7.4.2
        8.1.1 8.2.1 8.2.2 8.3.1
        9.1.1 9.1.2 9.1.3 9.2.1
        10.4.1 10.4.2 10.4.3 10.4.4 10.4.5
    """,
    2: """
        6.1.2 6.1.3 6.2.9 6.2.10 6.2.11 6.2.12 6.3.3 6.3.4 6.4.3 6.4.4 6.5.1 6.5.2 6.5.3 6.5.4 6.5.5
        6.6.1 6.6.2 6.6.3 6.8.1 6.8.2 6.8.3 6.8.4
        7.1.1 7.1.2 7.1.3 7.3.1 7.3.2 7.4.3 7.4.4 7.4.5 7.5.1 7.5.2 7.6.1 7.6.2
        8.1.2 8.2.3 8.4.1
        9.2.2 9.2.3 9.2.4
        10.1.1 10.1.2 10.2.1 10.2.2 10.3.1 10.3.2 10.3.3 10.3.4 10.4.6 10.4.7 10.4.8 10.4.9 10.4.10 10.4.11
        10.5.1 10.5.2 10.5.3 10.5.4 10.5.5 10.6.1 10.6.2 10.7.1 10.7.2 10.7.3
    """,
}
"""The numbers of ASVS 5.0.0 in V6 to V10, by level."""


class Line(Struct, frozen=True):
    """A requirement as the page has it."""

    number: str
    level: int
    standing: str
    why: str


def lines() -> list[Line]:
    rows = re.findall(r"(?m)^\| (\d+\.\d+\.\d+) \| (\d) \| [^|]+ \| ([^|]+) \| ([^|]+) \|$", PAGE)
    return [Line(number, int(level), standing, why) for number, level, standing, why in rows]


LINES = lines()


@cache
def names_in(path: str) -> frozenset[str]:
    """The names of the functions that a file of tests defines, in classes too; none without the file."""
    file = ROOT / path
    if not file.is_file():
        return frozenset()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def test_every_requirement_is_there_once_with_its_level_and_in_order() -> None:
    asked = [(number, level) for level, numbers in ASKED.items() for number in numbers.split()]
    asked.sort(key=lambda one: [int(part) for part in one[0].split(".")])
    assert [(line.number, line.level) for line in LINES] == asked
    assert len(asked) == 96


def test_every_line_stands_under_its_chapter_and_has_its_reason() -> None:
    chapter = ""
    for text in PAGE.splitlines():
        if text.startswith("## "):
            chapter = text.removeprefix("## ").partition(" ")[0]
        elif found := re.match(r"\| (\d+)\.\d+\.\d+ \|", text):
            assert f"V{found[1]}" == chapter, text
    for line in LINES:
        assert line.standing in STANDINGS, line.number
        assert line.why.strip(), line.number


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.number)
def test_every_test_that_is_named_exists(line: Line) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", line.why)
    assert line.why.count("::") == len(named)
    assert [f"{path}::{name}" for path, name in named if name not in names_in(path)] == []
    if line.standing in {"shown", "in part"}:
        assert named


def test_the_counts_are_right() -> None:
    header = "| | " + " | ".join(STANDINGS) + " | all |"
    assert PAGE.count(header) == 1
    rows = re.findall(r"(?m)^\| \**(V\d+|all)\** ((?:\| \**\d+\** ){6})\|$", PAGE)
    told = {name: [int(number) for number in re.findall(r"\d+", numbers)] for name, numbers in rows}
    counted: dict[str, Counter[str]] = {}
    for line in LINES:
        for name in (f"V{line.number.partition('.')[0]}", "all"):
            counted.setdefault(name, Counter())[line.standing] += 1
    assert told == {
        name: [*(counts[standing] for standing in STANDINGS), counts.total()]
        for name, counts in counted.items()
    }
    assert len(rows) == len(told) == 6


def test_the_figures_are_those_of_the_settings() -> None:
    rows = re.findall(r"(?m)^\| `([a-z_]+)` \| (\d+) \|", PAGE)
    assert len(rows) == 12
    defaults = IdentitySettings()
    assert [(name, float(getattr(defaults, name))) for name, _ in rows] == [
        (name, float(number)) for name, number in rows
    ]
