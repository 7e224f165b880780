"""What this process calls itself to trackers and tracers."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version


@cache
def release() -> str:
    """The installed version of backstay, or `0` where it runs without being installed."""
    try:
        return version("backstay")
    except PackageNotFoundError:
        return "0"
