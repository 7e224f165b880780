"""What `pip install` gives: a server with its console, in an empty folder, without Node and without this repository."""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest

from tests.docs.running import serving
from tests.plugins.needs import needs

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.lab,
    needs("uv", "node"),
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("wheel"),
]


def run(*command: str | Path, folder: Path = ROOT) -> str:
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built out of the source package as it is for a release."""
    folder = tmp_path_factory.mktemp("dist")
    run("uv", "build", "--out-dir", folder)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_console_and_nothing_that_is_ours_alone(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "backstay/systems/console/dist/index.html" in names
    assert "backstay/py.typed" in names
    assert {name.partition("/")[0] for name in names} == {
        "backstay",
        f"{wheel.name.rpartition('-py3')[0]}.dist-info",
    }
    sources = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src").glob("**/*.py")}
    assert {name for name in names if name.endswith(".py")} == sources


def test_an_installed_backstay_serves_its_console_from_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    home, venv, constraints = tmp_path / "empty", tmp_path / "venv", tmp_path / "constraints.txt"
    home.mkdir()
    run("uv", "venv", "--quiet", "--python", sys.executable, venv)
    # The versions of the lock file, so that this tests our package and not today's index.
    run(
        "uv",
        "export",
        "--quiet",
        "--frozen",
        "--no-dev",
        "--no-emit-project",
        "--no-hashes",
        "--output-file",
        constraints,
    )
    run(
        "uv", "pip", "install", "--quiet", "--python", venv / "bin/python", "--constraint", constraints, wheel
    )

    environment = {"PATH": str(venv / "bin"), "HOME": str(home), "LANG": "C.UTF-8"}
    with serving("exec backstay serve", home, tmp_path, environment) as address:
        page = fetched(f"{address}/console/")
        scripts = re.findall(r'(?:src|href)="([^"]+\.(?:js|css))"', page)
        assert scripts
        for script in scripts:
            assert fetched(
                f"{address}/{script.lstrip('/')}" if script.startswith("/") else f"{address}/console/{script}"
            )
        assert '"openapi":"3.1' in fetched(f"{address}/openapi.json").replace(" ", "")
    assert sorted(path.name for path in home.iterdir()) == ["var"]


def fetched(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        assert answer.status == 200
        return str(answer.read().decode())
