"""Jobs whose workers died, all of them, under the lease that the settings have by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from backstay.kernel.clock import SystemClock
from backstay.kernel.guarantees import Finding, Lab, Patch, Verdict, guarantee, judge, nothing_lost
from backstay.systems.jobs.contracts import JobState
from backstay.systems.jobs.engines.sql import SqlStore
from backstay.systems.jobs.engines.store import Claimed
from backstay.systems.jobs.guarantees.probes import ask, asked, effects_of, settled, until

_WITHIN: Final = 35.0
"""Seconds: a lease of thirty, and what it may take to notice its end."""
_PATIENCE: Final = 50.0
_HOLD: Final = 5.0
_JOBS: Final = 3


@guarantee(
    "jobs-of-dead-workers-return",
    promise="When every worker has died, their jobs are at work again within 35 seconds, once one starts.",
    safety="break",
    faults=["kill"],
    core=False,  # it waits for half a minute
    timeout=180.0,
)
async def jobs_of_dead_workers_return(lab: Lab) -> Verdict:
    """Kill the only worker amidst its jobs, start it again, and time their next attempts."""
    app = await lab.server()
    took: dict[str, float] = {}
    begun = True

    async def running() -> bool:
        return JobState.RUNNING in [job["state"] async for job in app.walk("/v1/jobs?limit=100")]

    for _ in lab.trials():
        await lab.clients(1).each(_JOBS, lambda client: ask(client, hold=_HOLD))
        begun = await until(running) and begun
        await app.kill()
        died = SystemClock().now()
        await app.restart()
        for mark in await settled(app, _PATIENCE):
            if mark.began_at is not None:
                took.setdefault(mark.name, (mark.began_at - died).total_seconds())
    late = [seconds for seconds in took.values() if seconds > _WITHIN]
    return judge(
        Finding(f"{len(late)} jobs were at work again only after {max(late):.1f} s") if late else None,
        nothing_lost(asked(lab), effects_of(await settled(app, 1.0))),
        untried=None if begun else "no job was under way when its worker was killed",
        seconds=[round(seconds, 1) for seconds in took.values()],
    )


@jobs_of_dead_workers_return.sabotage("claim for three times as long as was asked for")
def claim_for_longer(patch: Patch) -> None:
    """A visibility timeout that is as long as the longest job: what queues without heartbeats need."""
    claim = SqlStore.claim

    async def longer(
        store: SqlStore, worker: str, queues: Sequence[str], limit: int, lease: float, **more: Any
    ) -> list[Claimed]:
        return await claim(store, worker, queues, limit, 3 * lease, **more)

    patch(SqlStore, "claim", longer)
