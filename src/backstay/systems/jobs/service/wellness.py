"""Whether jobs are run: the worker of this process, the connection that waits for jobs, and anybody."""

from __future__ import annotations

from typing import Final

from backstay.kernel.backend import Backend
from backstay.kernel.health import Health, HealthReport
from backstay.systems.jobs.service.part import Jobs
from backstay.systems.jobs.service.worker import Worker

_PATIENCE: Final = 10.0
"""Seconds that a job may be ready in a queue that nobody serves before it is told."""


async def wellness(backend: Backend) -> HealthReport:
    """Degraded when this process's jobs stand still, or jobs are ready that no living worker takes.

    The connection that waits for jobs is asked on its own wire, not by another one that works.
    """
    jobs = backend.part(Jobs)
    try:
        worker = backend.part(Worker)
    except LookupError:
        pass  # this process leaves jobs to others
    else:
        if not worker.healthy:
            return _degraded("the worker of this process gets no answer from the jobs' store")
    if not jobs.store.healthy():
        return _degraded("the connection that waits for jobs does not answer")
    served = {queue for worker in await jobs.presence.show() if worker.alive for queue in worker.queues}
    if served.issuperset(jobs.registry.queues):
        return HealthReport(Health.OK)
    # Counting is for the rare case that somebody is missing.
    stranded = sum(
        state.queue not in served and not state.paused and (state.oldest_ready or 0.0) > _PATIENCE
        for state in await jobs.store.queues()
    )
    if stranded:
        queues = "a queue" if stranded == 1 else f"{stranded} queues"
        return _degraded(f"jobs are ready in {queues} that no living worker serves")
    return HealthReport(Health.OK)


def _degraded(why: str) -> HealthReport:
    return HealthReport(Health.DEGRADED, why)
