"""Asking every part how it is: each with its own timeout, all at once, at most once a cache period."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from backstay.kernel.health import Health, HealthCheck, HealthReport
from backstay.kernel.module import CompositionError
from backstay.kernel.telemetry import get_logger
from backstay.systems.health.contracts import CheckResult, Readiness
from backstay.systems.health.settings import HealthSettings

if TYPE_CHECKING:
    from backstay.kernel.backend import Backend

_CGROUP_LIMIT: Final = Path("/sys/fs/cgroup/memory.max")
_PROC_STATUS: Final = Path("/proc/self/status")
_PROC_MEMORY: Final = Path("/proc/meminfo")
_LAST_WORDS: Final = 1.0
"""Seconds that checks have to end in when the server stops."""


_log = get_logger("backstay.health")


class Monitor:
    """The checks of every module, and what they last found."""

    def __init__(self, backend: Backend, checks: Sequence[HealthCheck]) -> None:
        """Take the checks.

        Raises:
            CompositionError: two checks have the same name.
        """
        names = [check.name for check in checks]
        for name in names:
            if names.count(name) > 1:
                raise CompositionError(f"two health checks are called {name!r}: rename one")
        self._backend = backend
        self._checks = checks
        self._results: list[CheckResult] = []
        self._ran_at = float("-inf")
        self._running: asyncio.Task[list[CheckResult]] | None = None
        self._hanging: dict[str, asyncio.Task[HealthReport]] = {}
        """Checks that were cancelled at their timeout and have not ended since."""

    async def readiness(self) -> Readiness:
        """The state of the process and of every part; runs the checks when the last results are too old.

        However many ask at once, each check runs once.
        """
        if self._backend.state != "ready":
            return Readiness(self._backend.state, self._results)
        results = await self._fresh()
        return Readiness(_verdict(results), results)

    async def _fresh(self) -> list[CheckResult]:
        cache = self._backend.settings.module(HealthSettings).cache
        if time.monotonic() - self._ran_at < cache:
            return self._results
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        # Shielded: one impatient caller must not cancel the checks for the others.
        return await asyncio.shield(self._running)

    async def _run(self) -> list[CheckResult]:
        self._results = await asyncio.gather(*map(self._ask, self._checks))
        self._ran_at = time.monotonic()
        return self._results

    async def close(self) -> None:
        """Let go of checks that are under way."""
        under_way = [*self._hanging.values(), *([self._running] if self._running is not None else [])]
        for task in under_way:
            task.cancel()
        if under_way:
            await asyncio.wait(under_way, timeout=_LAST_WORDS)

    async def _ask(self, check: HealthCheck) -> CheckResult:
        started = time.perf_counter()
        report = await self._report(check)
        return CheckResult(
            name=check.name,
            health=report.health,
            message=report.message,
            critical=check.critical,
            milliseconds=round((time.perf_counter() - started) * 1000, 3),
            checked_at=self._backend.clock.now(),
        )

    async def _report(self, check: HealthCheck) -> HealthReport:
        silent = HealthReport(Health.FAILED, f"no answer within {check.timeout:g} s")
        before = self._hanging.pop(check.name, None)
        if before is not None and not before.done():
            # Asking once more what still hangs would only pile up.
            self._hanging[check.name] = before
            return silent
        task: asyncio.Task[HealthReport] = asyncio.ensure_future(_called(check, self._backend))
        try:
            await asyncio.wait({task}, timeout=check.timeout)
            if not task.done():
                # Not waited for: a check may sit on its cancellation, and the answer must not.
                self._hanging[check.name] = task
                return silent
            return task.result()
        except asyncio.CancelledError:
            if not task.cancelled():
                raise  # the monitor itself is being closed
            return HealthReport(Health.FAILED, "does not answer")
        except Exception:  # noqa: BLE001 - a check that raises has found its part failed
            _log.warning("a health check failed", check=check.name, exc_info=True)
            return HealthReport(Health.FAILED, "does not answer")
        finally:
            task.cancel()


async def _called(check: HealthCheck, backend: Backend) -> HealthReport:
    return await check.check(backend)


def _verdict(results: list[CheckResult]) -> str:
    if any(result.critical and result.health is Health.FAILED for result in results):
        return "failed"
    if any(result.health is not Health.OK for result in results):
        return "degraded"
    return "ready"


async def database(backend: Backend) -> HealthReport:
    """One round trip to the database."""
    await backend.database.ping()
    return HealthReport(Health.OK, backend.database.dialect)


async def disk(backend: Backend) -> HealthReport:
    """Free space where the data directory lives."""
    settings = backend.settings.module(HealthSettings)
    folder = backend.settings.app.data_dir
    usage = await asyncio.to_thread(shutil.disk_usage, folder if folder.exists() else Path())
    words = f"{usage.free / 2**20:,.0f} MiB free"
    if usage.free < settings.disk_critical:
        return HealthReport(Health.FAILED, words)
    return HealthReport(Health.DEGRADED if usage.free < settings.disk_free else Health.OK, words)


async def memory(backend: Backend) -> HealthReport:
    """This process's memory against the container's limit, or the machine's memory where there is none."""
    used, limit = _memory()
    if not used or not limit:
        return HealthReport(Health.OK, "this system does not tell")
    share = used / limit
    words = f"{used / 2**20:,.0f} MiB, {share:.1%} of the limit"
    degraded = share > backend.settings.module(HealthSettings).memory_share
    return HealthReport(Health.DEGRADED if degraded else Health.OK, words)


def _memory() -> tuple[int, int]:
    """Resident bytes of this process and the bytes it may have; zeros where the system does not tell."""
    try:
        used = _kilobytes(_PROC_STATUS, "VmRSS:")
        limit = _CGROUP_LIMIT.read_text(encoding="ascii").strip() if _CGROUP_LIMIT.exists() else "max"
        return used, int(limit) if limit.isdigit() else _kilobytes(_PROC_MEMORY, "MemTotal:")
    except OSError:
        return 0, 0


def _kilobytes(path: Path, name: str) -> int:
    for line in path.read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    return 0
