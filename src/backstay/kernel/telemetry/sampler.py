"""Numbers that nobody reports by themselves, read once a second: the pool, the loop's lag, memory, CPU."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from backstay.kernel.observation import OPEN
from backstay.kernel.telemetry import measures

INTERVAL_SECONDS: Final = 1.0
_STATM: Final = Path("/proc/self/statm")


class PoolStats(Protocol):
    """What a pool says of itself: its connections, the free ones, and the requests that wait for one."""

    @property
    def size(self) -> int:
        """Connections."""
        ...

    @property
    def idle(self) -> int:
        """Connections that do nothing."""
        ...

    @property
    def waiting(self) -> int:
        """Requests that wait for a connection."""
        ...


class Sampler:
    """Samples this process while it runs; one a process."""

    def __init__(self, pool: Callable[[], PoolStats], lost: Callable[[], int]) -> None:
        """`pool` tells the database's connections, `lost` how many log lines were lost so far."""
        self._pool = pool
        self._lost = lost
        self._cpu_before = 0.0
        self._lost_before = 0
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin, on the running event loop."""
        measures.UP_SINCE.set(time.time())
        self._wait(asyncio.get_running_loop())

    def stop(self) -> None:
        """Take a last sample and end."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self.sample()

    def _wait(self, loop: asyncio.AbstractEventLoop) -> None:
        due = loop.time() + INTERVAL_SECONDS

        def wake() -> None:
            measures.LAG.observe(max(0.0, loop.time() - due))
            self.sample()
            self._wait(loop)

        self._timer = loop.call_at(due, wake)

    def sample(self) -> None:
        """Read everything once."""
        pool = self._pool()
        measures.CONNECTIONS.set(pool.idle, "idle")
        measures.CONNECTIONS.set(pool.size - pool.idle, "used")
        measures.WAITING.set(pool.waiting)
        measures.ACTIVE_REQUESTS.set(OPEN.count)
        measures.MEMORY.set(resident_bytes())
        cpu = time.process_time()
        measures.CPU.inc(by=cpu - self._cpu_before)
        self._cpu_before = cpu
        lost = self._lost()
        if lost > self._lost_before:
            measures.LINES_LOST.inc(by=lost - self._lost_before)
            self._lost_before = lost


def resident_bytes() -> int:
    """Resident memory of this process; 0 where the kernel does not tell it in /proc."""
    try:
        return int(_STATM.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGESIZE")
    except OSError:
        return 0
