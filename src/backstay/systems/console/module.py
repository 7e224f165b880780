"""The console's manifest."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from backstay.kernel.backend import Backend
from backstay.kernel.module import Module
from backstay.systems.console import service
from backstay.systems.console.contracts import PROVE, READ
from backstay.systems.console.http import (
    ControlController,
    GuaranteesController,
    PageController,
    SessionController,
    SystemsController,
)


@asynccontextmanager
async def keeping(backend: Backend) -> AsyncIterator[None]:
    """Hold the console's files, the runs that were kept, and those under way."""
    running = service.Running(backend)
    doctor = service.Doctor(backend)
    backend.hold(service.Pulses(backend.clock.now()))
    backend.hold(service.Files())
    backend.hold(service.Proofs(backend.settings.app.data_dir / "proofs"))
    backend.hold(running)
    backend.hold(doctor)
    try:
        yield
    finally:
        await running.close()
        await doctor.close()


module = Module(
    name="console",
    summary="This console: systems, guarantees and live traffic in a browser, and the API behind it.",
    package=__package__,
    requires=["health"],
    controllers=[
        SessionController,
        SystemsController,
        ControlController,
        GuaranteesController,
        PageController,
    ],
    permissions=[READ, PROVE],
    services=[keeping],
)
