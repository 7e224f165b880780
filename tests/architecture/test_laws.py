"""The repository keeps its own laws."""

from __future__ import annotations

from pathlib import Path

from tools.lints import judge
from tools.lints.source import Tree

ROOT = Path(__file__).resolve().parents[2]


def test_the_repository_breaks_no_house_rule() -> None:
    findings = [
        f"{path}:{line}: [{rule}] {message}"
        for rule, (path, line, message) in judge(Tree.of_repository(ROOT))
    ]
    assert findings == []
