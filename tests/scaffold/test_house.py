"""`make new`: one more system of our own, in a copy of this repository."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is needed to run one module's tests, with one more module in it."""
    copy = tmp_path_factory.mktemp("house")
    # With what is compiled and what mypy knows already, which holds for the same text in another place.
    for folder in ("src", "tools", ".mypy_cache"):
        if (ROOT / folder).is_dir():
            shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("dist"))
    (copy / "tests").mkdir()
    shutil.copytree(ROOT / "tests/plugins", copy / "tests/plugins")
    for path in [ROOT / "pyproject.toml", *(ROOT / "tests").glob("*.py")]:
        shutil.copy(path, copy / path.relative_to(ROOT))
    (copy / "tests/systems").mkdir()
    (copy / "tests/systems/__init__.py").touch()
    run(
        copy,
        "-m",
        "backstay.cli",
        "add",
        "module",
        "invoice",
        "--field",
        "number:str",
        "--field",
        "total:money",
    )
    return copy


def run(folder: Path, *arguments: str, status: int = 0) -> str:
    """The interpreter on the copy, not on this repository; its output."""
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{folder}/src:{folder}", "HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == status, f"{arguments}: {done.stdout}\n{done.stderr}"
    return done.stdout


def test_it_joins_the_house(house: Path) -> None:
    code = "from backstay.app import MODULES; print(MODULES[-1].name, MODULES[-1].package)"

    assert run(house, "-c", code) == "invoice backstay.systems.invoice\n"
    assert "from backstay import" not in "".join(
        path.read_text() for path in (house / "src/backstay/systems/invoice").rglob("*.py")
    )


def test_its_tests_pass_on_both_engines(house: Path) -> None:
    shown = run(house, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/systems/invoice")

    assert re.search(r"^(12 passed|6 passed, 6 skipped)", shown, re.MULTILINE)


def test_it_keeps_the_rules_of_the_house(house: Path) -> None:
    places = ["src/backstay/systems/invoice", "tests/systems/invoice", "src/backstay/app.py"]
    run(house, "-m", "ruff", "check", "--no-cache", *places)
    run(house, "-m", "ruff", "format", "--no-cache", "--check", *places)
    run(house, "-m", "mypy", "--cache-dir", str(house / ".mypy_cache"), *places)
    subprocess.run(["git", "init", "-q"], cwd=house, check=True)
    subprocess.run(["git", "add", "-A"], cwd=house, check=True)

    run(house, "-m", "tools.lints", *places)
