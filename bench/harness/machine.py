"""Where and on what a run was made."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).parents[2]


def facts() -> dict[str, str]:
    """The machine, as far as it bears on the numbers."""
    return {
        "processor": _first("/proc/cpuinfo", "model name"),
        "cores": str(os.cpu_count()),
        "memory": f"{int(_first('/proc/meminfo', 'MemTotal').split()[0]) / 2**20:.0f} GiB",
        "kernel": platform.release(),
        "system": _first("/etc/os-release", "PRETTY_NAME", separator="=").strip('"'),
        "load before": f"{os.getloadavg()[0]:.2f}",
        "wrk": _output("wrk", "-v").split("[")[0].strip(),
    }


def commit() -> str:
    """The commit that is measured, marked when the work tree differs from it."""
    name = _output("git", "rev-parse", "--short=12", "HEAD").strip()
    measured = ("src", "bench", ":!bench/RESULTS.md", ":!bench/results")
    changed = _output("git", "status", "--porcelain", "--", *measured).strip()
    return f"{name} with changes" if changed else name


def now() -> str:
    """The time of day in UTC, to the second, as ISO 8601 writes it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _first(path: str, name: str, *, separator: str = ":") -> str:
    for line in Path(path).read_text().splitlines():
        key, found, value = line.partition(separator)
        if found and key.strip() == name:
            return value.strip()
    return "unknown"


def _output(*command: str) -> str:
    """What a command prints; `wrk -v` and its like exit with an error after it."""
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False).stdout
