"""The CI files are valid, and every service runs the same script."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("schema", "path"), [("github-workflows", ".github/workflows/ci.yml"), ("gitlab-ci", ".gitlab-ci.yml")]
)
def test_a_service_takes_our_file_and_runs_our_script(schema: str, path: str) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", path]
    judged = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (judged.returncode, judged.stderr) == (0, "")
    assert (
        len(
            re.findall(
                r"- (?:run: )?bash \.ci/run$|run: bash \.ci/run$", (ROOT / path).read_text(), re.MULTILINE
            )
        )
        == 1
    )


@pytest.mark.parametrize("script", [".ci/run", "scripts/bootstrap", "scripts/services"])
def test_a_script_parses_and_may_be_run(script: str) -> None:
    path = ROOT / script
    shell = path.read_text().splitlines()[0].rpartition("/")[2].split()[-1]
    checked = subprocess.run([shell, "-n", str(path)], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert path.stat().st_mode & 0o111


def test_the_hooks_run_what_make_check_runs() -> None:
    hooks = set(re.findall(r"entry: \.venv/bin/(.+)", (ROOT / ".pre-commit-config.yaml").read_text()))
    assert hooks == {"ruff check --fix", "ruff format", "python -m tools.lints", "mypy"}
