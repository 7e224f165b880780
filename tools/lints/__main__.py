"""Runs the house's rules over the repository: `python -m tools.lints [path ...]`."""

from __future__ import annotations

import sys
from pathlib import Path

from tools.lints import RULES, judge
from tools.lints.source import Tree


def main(paths: list[str]) -> int:
    """Print every finding under the paths (all, when none are given); 1 if there are any."""
    root = Path(__file__).resolve().parents[2]
    tree = Tree.of_repository(root)
    wanted = tuple(Path(path).resolve().relative_to(root).as_posix() for path in paths)
    findings = sorted((finding, rule) for rule, finding in judge(tree) if _under(finding.path, wanted))
    for finding, rule in findings:
        print(f"{finding.path}:{finding.line}: [{rule}] {finding.message}")
    words = f"{len(findings)} broken" if findings else "all kept"
    print(f"House rules: {len(RULES)} rules over {len(tree.sources)} files, {words}.")
    return 1 if findings else 0


def _under(path: str, wanted: tuple[str, ...]) -> bool:
    return (
        not wanted or "." in wanted or any(path == place or path.startswith(f"{place}/") for place in wanted)
    )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
