"""The contract by which any module says whether its part works; the health system asks and answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from backstay.kernel.backend import Backend


class Health(StrEnum):
    """How a part is doing."""

    OK = "ok"
    DEGRADED = "degraded"
    """Works, and somebody should look: still answers 200."""
    FAILED = "failed"


class HealthReport(Struct, frozen=True):
    """What one check found; shown to anyone who may read `/readyz`, so no secrets, hosts or paths."""

    health: Health
    message: str = ""


class HealthCheck(Struct, frozen=True, kw_only=True):
    """A question about one part."""

    name: str
    """Unique in the house: `database`, `disk`, `redis`."""
    check: Callable[[Backend], Awaitable[HealthReport]]
    """Asks the part. A raise or a timeout counts as failed."""
    critical: bool = True
    """Whether a failure means that no request can be served; otherwise it degrades."""
    timeout: float = 1.0
    """Seconds the part has to answer."""
