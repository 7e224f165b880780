"""Running a command that has to succeed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


def clean_environment() -> dict[str, str]:
    """The harness's environment without what belongs to its own Python and Node, or configures backstay."""
    ours = ("VIRTUAL_ENV", "PYTHON", "NODE_", "UV_", "BACKSTAY_", "DATABASE_URL")
    machine = "NODE_EXTRA_CA_CERTS"  # where a registry's certificate is the machine's own, npm needs it
    return {name: value for name, value in os.environ.items() if name == machine or not name.startswith(ours)}


def run(command: Sequence[str], directory: Path, environment: Mapping[str, str] | None = None) -> None:
    """Run a command and raise with the end of what it printed if it fails."""
    done = subprocess.run(
        command,
        cwd=directory,
        env={**clean_environment(), **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
