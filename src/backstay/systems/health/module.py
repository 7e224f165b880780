"""The health system's manifest."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from backstay.kernel.backend import Backend
from backstay.kernel.health import HealthCheck
from backstay.kernel.module import Module
from backstay.systems.health import service
from backstay.systems.health.contracts import METRICS
from backstay.systems.health.http import HealthController
from backstay.systems.health.settings import HealthSettings


@asynccontextmanager
async def monitor(backend: Backend) -> AsyncIterator[None]:
    """Hold the monitor of every module's checks."""
    watching = service.Monitor(backend, [check for module in backend.modules for check in module.health])
    backend.hold(watching)
    try:
        yield
    finally:
        await watching.close()


module = Module(
    name="health",
    summary="Says whether this process lives, has started and can serve, and which part is unwell.",
    package=__package__,
    controllers=[HealthController],
    permissions=[METRICS],
    settings=HealthSettings,
    services=[monitor],
    health=[
        HealthCheck(name="database", check=service.database),
        HealthCheck(name="disk", check=service.disk),
        HealthCheck(name="memory", check=service.memory, critical=False),
    ],
)
