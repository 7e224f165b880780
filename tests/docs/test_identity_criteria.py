"""The ledger of the criteria names each once, with tests and guarantees that exist."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from msgspec import Struct

from backstay.app import MODULES
from tests.docs.test_asvs import ROOT, names_in

PAGE = (ROOT / "docs/identity-criteria.md").read_text(encoding="utf-8")
GUARANTEES = {guarantee.name for module in MODULES for guarantee in module.guarantees}


class Line(Struct, frozen=True):
    """A criterion as the page has it."""

    number: int
    standing: str
    how: str


LINES = [
    Line(int(number), standing, how)
    for number, standing, how in re.findall(r"(?m)^\| (\d+) \| [^|]+ \| ([^|]+) \| ([^|]+) \|$", PAGE)
]


def test_every_criterion_is_there_once_and_in_order() -> None:
    assert [line.number for line in LINES] == list(range(1, 36))


def test_the_counts_are_right() -> None:
    counts = Counter(line.standing for line in LINES)
    assert set(counts) == {"shown", "later"}
    assert f"{counts['shown']} are shown, {counts['later']} come later." in PAGE


@pytest.mark.parametrize("line", LINES, ids=lambda line: str(line.number))
def test_what_is_named_exists(line: Line) -> None:
    tests = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", line.how)
    assert line.how.count("::") == len(tests)
    assert [f"{path}::{name}" for path, name in tests if name not in names_in(path)] == []
    guarantees = re.findall(r"`([a-z]+(?:-[a-z]+)+)`", line.how)
    assert [name for name in guarantees if name not in GUARANTEES] == []
    assert tests or line.standing == "later"
    if line.standing != "shown":
        assert len(re.sub(r"`[^`]+`", "", line.how).strip(" ,;.")) > 40, "a reason is missing"


def test_every_guarantee_of_these_systems_is_named() -> None:
    ours = {
        guarantee.name
        for module in MODULES
        if module.name in {"identity", "access", "tenancy", "apikeys", "audit"}
        for guarantee in module.guarantees
    }
    assert len(ours) == 23
    assert sorted(name for name in ours if f"`{name}`" not in PAGE) == []
