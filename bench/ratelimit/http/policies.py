"""What all contenders are told to keep, by address."""

from __future__ import annotations

from typing import Final

POLICIES: Final = {
    "ample": (100_000, 60),
    "spent": (1, 3600),
    "crowd": (100, 2),
}
"""Of each route: how many requests, in how many seconds.

`ample` is never used up, `spent` always is, and `crowd` is fought for.
"""
ADDRESSES: Final = [f"198.18.{number // 250}.{number % 250 + 1}" for number in range(100)]
"""Who asks: as a proxy on this machine would tell it."""
