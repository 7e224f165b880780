"""What to run, and how, and who is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from backstay.kernel.guarantees import Engine, Guarantee
from backstay.proving.process import BACKSTAY_SERVE, Launch
from backstay.proving.target import Target

Emit = Callable[[dict[str, Any]], None]
"""Told of everything as it happens: objects with a member `event`; see docs/guarantees.md."""


class Plan(Struct, frozen=True, kw_only=True):
    """What to run, and how."""

    guarantees: tuple[Guarantee, ...]
    engines: tuple[Engine, ...]
    seed: int
    trials: int | None = None
    """Rounds of each check; None: as many as it declares."""
    sabotage: bool = False
    """Plant each guarantee's bugs, one after the other, instead of running the server as it is."""
    target: Target | None = None
    keep: bool = False
    jobs: int = 1
    """Checks that run at the same time, each with servers of its own."""
    launch: Launch = BACKSTAY_SERVE
    postgres_url: str | None = None
