"""Asks one rule about a few made-up files."""

from __future__ import annotations

from tools.lints import RULES
from tools.lints.source import Finding, Tree

NOTES = "src/backstay/systems/notes"
MODULE = {f"{NOTES}/module.py": "", f"{NOTES}/__init__.py": "", "src/backstay/systems/audit/module.py": ""}


def found(rule: str, files: dict[str, str]) -> list[Finding]:
    """What the rule says of these files: path -> text."""
    return list(RULES[rule](Tree(files)))


def places(rule: str, files: dict[str, str]) -> list[tuple[str, int]]:
    """Where the rule finds something."""
    return [(finding.path, finding.line) for finding in found(rule, files)]
