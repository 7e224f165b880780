"""The ledger of the asynchronous systems names every criterion once, and only tests and guarantees that exist."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Final

import pytest
from msgspec import Struct

from backstay.app import MODULES

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = (ROOT / "docs/async-criteria.md").read_text(encoding="utf-8")
STANDINGS: Final = ("shown", "in part", "not built")
ASKED: Final = {"jobs": range(1, 19), "events": range(19, 22), "mail": range(30, 36)}


class Line(Struct, frozen=True):
    """One criterion."""

    number: int
    standing: str
    named: list[str]
    engines: str
    weaker: str


def _lines() -> list[Line]:
    found = []
    for row in re.findall(r"(?m)^\| (\d+ \|.*) \|$", PAGE):
        number, _asks, standing, shows, engines, weaker = (cell.strip() for cell in row.split("|"))
        found.append(Line(int(number), standing, re.findall(r"`([^`]+)`", shows), engines, weaker))
    return found


LINES: Final = _lines()
TESTS: Final = {
    name
    for path in (ROOT / "tests/systems").rglob("test_*.py")
    for name in re.findall(r"(?m)^(?:async )?def (test_\w+)", path.read_text(encoding="utf-8"))
}
GUARANTEES: Final = {one.name for module in MODULES for one in module.guarantees}


def test_every_criterion_stands_here_once() -> None:
    assert [line.number for line in LINES] == [number for asked in ASKED.values() for number in asked]


@pytest.mark.parametrize("line", LINES, ids=lambda line: str(line.number))
def test_what_a_line_names_is_there(line: Line) -> None:
    assert line.standing in STANDINGS
    assert line.engines
    if line.standing == "not built":
        assert line.named == []
        return
    assert line.named
    missing = [name for name in line.named if name not in TESTS | GUARANTEES]
    assert missing == []
    assert line.standing == "shown" or line.weaker, "what is missing is said"


def test_the_counts_are_right() -> None:
    told = re.findall(r"(?m)^\| \**(jobs|events|mail|all)\** \| (.+) \|$", PAGE)
    counts = {name: [int(cell.strip(" *")) for cell in cells.split("|")] for name, cells in told}
    parts = {
        name: Counter(line.standing for line in LINES if line.number in asked)
        for name, asked in ASKED.items()
    }
    parts["all"] = sum(parts.values(), Counter[str]())
    assert counts == {
        name: [*(part[standing] for standing in STANDINGS), part.total()] for name, part in parts.items()
    }


def test_every_guarantee_of_these_systems_is_named() -> None:
    named = {name for line in LINES for name in line.named}
    ours = {
        one.name
        for module in MODULES
        if module.name in {"jobs", "events", "mail"}
        for one in module.guarantees
    }
    assert ours - named == {"no-mail-of-a-rollback"}, "mail's own promise; no criterion asks for it"
