"""What a verdict is reached under, as far as the machine can tell."""

from __future__ import annotations

import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version


@cache
def commit() -> str:
    """The commit of the project in the working folder, `+changes` if it has any; else backstay's version."""
    try:
        head = _git("rev-parse", "--short=12", "HEAD")
        return f"{head}{'+changes' if _git('status', '--porcelain', '--untracked-files=no') else ''}"
    except (OSError, subprocess.CalledProcessError):
        return f"none, backstay {backstay_version()}"


def _git(*arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()  # noqa: S603 - git, with our words


def backstay_version() -> str:
    """Of the installed package."""
    try:
        return version("backstay")
    except PackageNotFoundError:
        return "unknown"
