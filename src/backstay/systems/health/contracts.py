"""What the health endpoints answer. Anyone may read it, so it names parts and states, nothing more."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from msgspec import Struct

from backstay.kernel.actor import Permission
from backstay.kernel.health import Health

METRICS: Final = Permission("health:metrics", "Read the measurements at /metrics in production", house=True)


class Alive(Struct, frozen=True):
    """The process runs and its event loop turns."""

    status: str = "alive"


class CheckResult(Struct, frozen=True):
    """What one check found when it last ran."""

    name: str
    health: Health
    message: str
    critical: bool
    milliseconds: float
    checked_at: datetime


class Readiness(Struct, frozen=True):
    """Whether this process should be sent requests."""

    status: str
    """`ready`, `degraded` (serving, somebody should look), `failed`, `starting` or `draining`."""
    checks: list[CheckResult]


class Startup(Struct, frozen=True):
    """Whether this process has started."""

    status: str
    """`starting` or `started`."""
