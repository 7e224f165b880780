"""The house's own rules, each a small check with tests of its own and a message that says what to do.

`python -m tools.lints [path ...]` runs them all. What Ruff or mypy already say (unused names, `print`,
relative imports, missing types) is not said again here.
"""

from collections.abc import Iterator
from typing import Final

from tools.lints import boundaries, budget, edges, reasons, shape
from tools.lints.source import Finding, Rule, Tree

RULES: Final[dict[str, Rule]] = {
    "rings": boundaries.rings,
    "privacy": boundaries.privacy,
    "order": boundaries.order,
    "cycles": boundaries.cycles,
    "requires": boundaries.requires,
    "commit": edges.commit,
    "sql": edges.sql,
    "clock": edges.clock,
    "local-import": edges.local_import,
    "class-state": edges.class_state,
    "shape": shape.shape,
    "face": shape.face,
    "foreign-key": shape.foreign_key,
    "reason": reasons.reason,
    "budget": budget.budget,
}


def judge(tree: Tree) -> Iterator[tuple[str, Finding]]:
    """Every finding of every rule, with the rule's name."""
    for name, rule in RULES.items():
        for finding in rule(tree):
            yield name, finding
