"""scripts/bootstrap on machines that lack something: it stops at once, and says what to install."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ("sh", "cat", "cksum", "cut", "dirname")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone on a machine with the barest programs and no Python."""
    for name in ("scripts/bootstrap", "pyproject.toml", "uv.lock"):
        target = tmp_path / "clone" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in PROGRAMS:
        found = shutil.which(name)
        assert found
        (programs / name).symlink_to(found)
    return tmp_path / "clone"


def put(clone: Path, name: str, script: str) -> None:
    program = clone.parent / "bin" / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def bootstrap(clone: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(clone.parent / "bin"), "HOME": str(clone.parent)}
    return subprocess.run(
        ["/bin/sh", "scripts/bootstrap"],
        cwd=clone,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_python_it_says_how_to_get_one(clone: Path) -> None:
    put(clone, "python3", "exit 1  # as an old Python answers when it is asked for its version")
    ended = bootstrap(clone)
    assert ended.returncode == 1
    assert "this needs Python 3.11 or later, and none is on the PATH" in ended.stderr
    assert "apt install python3 python3-venv" in ended.stderr
    assert not (clone / ".venv").exists()


def test_debian_without_venv_is_told_the_package(clone: Path) -> None:
    put(clone, "python3", 'case "$2" in *ensurepip*) exit 1;; *executable*) echo python3;; esac')
    ended = bootstrap(clone)
    assert ended.returncode == 1
    assert "cannot make environments: its venv module is missing" in ended.stderr
    assert "apt install python3-venv" in ended.stderr
    assert not (clone / ".venv").exists()


def test_nothing_runs_when_nothing_changed(clone: Path) -> None:
    put(clone, "python3", 'case "$2" in *executable*) echo python3;; esac')
    put(
        clone,
        "uv",
        'case "$1" in --version) echo uv 0.13.8;; *) echo "$@" >>"$HOME/syncs"; mkdir -p .venv/bin; '
        "echo '#!/bin/sh' >.venv/bin/python;; esac",
    )
    (clone.parent / "bin/mkdir").symlink_to(shutil.which("mkdir") or "")
    assert bootstrap(clone).returncode == 0
    (clone / ".venv/bin/python").chmod(0o755)
    second = bootstrap(clone)
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert (clone.parent / "syncs").read_text().count("sync --locked") == 1
    (clone / "uv.lock").write_text("changed")
    assert bootstrap(clone).returncode == 0
    assert (clone.parent / "syncs").read_text().count("sync --locked") == 2


def test_a_python_that_takes_a_fifth_less_time_is_taken(clone: Path) -> None:
    def python(name: str, *took: int, whole: bool = True) -> None:
        """Times of one turn after the other; the last again and again."""
        turns = clone.parent / f"{name}.turns"
        turns.write_text("".join(f"{one}\n" for one in took))
        put(
            clone,
            name,
            f'case "$2" in *executable*) echo {name};; *ensurepip*) exit {int(not whole)};; '
            f'*process_time*) while read -r one; do echo "$one"; break; done <{turns}; '
            f'rest=$(read -r gone; cat) <{turns}; [ -z "$rest" ] || echo "$rest" >{turns};; esac',
        )

    put(
        clone,
        "uv",
        'case "$1" in --version) echo uv 0.13.8;; *) echo "$@" >>"$HOME/syncs"; mkdir -p .venv/bin;; esac',
    )
    (clone.parent / "bin/mkdir").symlink_to(shutil.which("mkdir") or "")
    python("python3", 100)
    python("python3.14", 81)
    python("python3.13", 60, whole=False)
    python("python3.12", 140, 80)  # busy with something else in the first turn
    python("python3.11", 70)
    assert bootstrap(clone).returncode == 0
    assert (clone.parent / "syncs").read_text().strip().endswith("--python python3.12")
