from __future__ import annotations

from pathlib import Path

from tools.lints import RULES, judge
from tools.lints.source import Tree


def test_every_rule_has_a_test_and_says_what_it_is_for() -> None:
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    for name, rule in RULES.items():
        assert rule.__doc__
        assert f'"{name}"' in tests


def test_the_runner_names_the_rule() -> None:
    tree = Tree({"src/backstay/kernel/clock.py": "import backstay.app"})
    assert [(rule, finding.line) for rule, finding in judge(tree)] == [("rings", 1)]
