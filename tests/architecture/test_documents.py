"""The documents say what is there: paths exist, decisions are quotable, every dependency has its reason."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
DECISIONS = sorted((ROOT / "docs/adr").glob("[0-9]*.md"))
PAGES = sorted(
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
)


def test_every_path_in_the_architecture_exists() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    paths = re.findall(r"(?m)^([\w./-]+/) ", text) + re.findall(
        r"`((?:src|docs|tests|tools|scripts|console|bench)/[\w./-]*)`", text
    )
    assert len(paths) >= 10
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_local_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_a_date_and_one_quotable_line(decision: Path) -> None:
    text = decision.read_text()
    number = int(decision.name.partition("-")[0])
    assert text.startswith(f"# {number}. ")
    assert len(re.findall(r"(?m)^Date: \d{4}-\d\d-\d\d$", text)) == 1
    assert len(re.findall(r"(?m)^\*\*Decision: .{40,200}\*\*$", text)) == 1
    assert len(text.splitlines()) <= 45


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    assert [int(path.name.partition("-")[0]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    listed = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (ROOT / "docs/adr/README.md").read_text())
    assert listed == [path.name for path in DECISIONS]


def dependencies() -> set[str]:
    extras = PROJECT["project"]["optional-dependencies"].values()
    groups = PROJECT["dependency-groups"].values()
    lines = [*PROJECT["project"]["dependencies"], *(line for group in (*extras, *groups) for line in group)]
    names = {re.split(r"[^\w.-]", line, maxsplit=1)[0].lower() for line in lines if isinstance(line, str)}
    return names - {"backstay"}


def test_every_dependency_has_its_reason() -> None:
    page = (ROOT / "docs/dependencies.md").read_text()
    assert set(re.findall(r"(?m)^\| ([a-z][a-z0-9-]+) \|", page)) - {"package"} == dependencies()


def test_the_changelog_speaks_of_this_version() -> None:
    version = re.escape(PROJECT["project"]["version"])
    assert re.search(
        rf"(?m)^## {version} - (unreleased|\d{{4}}-\d\d-\d\d)$", (ROOT / "CHANGELOG.md").read_text()
    )


def test_make_help_lists_the_commands() -> None:
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    listed = set(re.findall(r"(?m)^  make ([a-z-]+) +\S", shown))
    assert listed >= {
        "run",
        "dev",
        "test",
        "check",
        "lint",
        "types",
        "bench",
        "prove",
        "docs",
        "new",
        "format",
        "console",
        "dist",
    }
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))
    assert listed == targets
