from __future__ import annotations

import pytest

from tests.tools.lints.support import found, places
from tools.lints.budget import measure
from tools.lints.source import Tree


def test_budget() -> None:
    tree = Tree({"src/a.py": "\n" * 300, "src/b.py": "\n" * 301, "console/src/gen/c.ts": "\n" * 999})
    ((path, line, message),) = measure(tree, {}, ["console/src/gen/*"])
    assert (path, line) == ("src/b.py", 301)
    assert "301 lines, 300 are allowed: split it" in message
    assert list(measure(tree, {"src/b.py": 301}, ["console/src/gen/*"])) == []


@pytest.mark.parametrize(
    ("allowed", "message"),
    [
        ({"src/a.py": 400}, "src/a.py has shrunk to 350 lines: write 350 instead of 400"),
        ({"src/a.py": 340}, "350 lines, 340 are allowed"),
        ({"src/a.py": 350, "src/short.py": 310}, "src/short.py has 10 lines and needs no exception any more"),
        ({"src/a.py": 350, "src/gone.py": 310}, "src/gone.py does not exist any more"),
    ],
)
def test_exceptions_only_shrink(allowed: dict[str, int], message: str) -> None:
    tree = Tree({"src/a.py": "\n" * 350, "src/short.py": "\n" * 10})
    (finding,) = measure(tree, allowed, [])
    assert message in finding.message


def test_the_exceptions_are_read_from_the_tree() -> None:
    exceptions = '[lines]\n"src/a.py" = 301\n[generated]\npaths = ["console/src/gen/*"]\n'
    files = {"src/a.py": "\n" * 301, "console/src/gen/c.ts": "\n" * 999}
    assert found("budget", {**files, "tools/lints/exceptions.toml": exceptions}) == []
    assert places("budget", files) == [("console/src/gen/c.ts", 999), ("src/a.py", 301)]
