"""A tick makes one job: while many processes look after the schedules, and the one in charge is killed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from backstay.kernel.actor import SYSTEM, SYSTEM_ORGANIZATION
from backstay.kernel.guarantees import (
    Finding,
    Lab,
    LabError,
    Patch,
    Process,
    Server,
    Verdict,
    guarantee,
    judge,
)
from backstay.systems.jobs.contracts import Receipt
from backstay.systems.jobs.guarantees.probes import until
from backstay.systems.jobs.jobs import TICK
from backstay.systems.jobs.service.agenda import Agenda
from backstay.systems.jobs.service.scheduler import Scheduler
from backstay.systems.jobs.service.schedules import Schedule

_SCHEDULE: Final = TICK.name
_TICKING: Final = {
    "BACKSTAY_JOBS_TICKING": "true",
    # The jobs stay as they were enqueued, one row a tick.
    "BACKSTAY_JOBS_EMBEDDED": "false",
    # Ten processes, where two bugs are tried at once, must not need all connections of a server.
    "BACKSTAY_DATABASE_POOL_SIZE": "3",
}
_SECOND: Final = timedelta(seconds=1)


@guarantee(
    "a-tick-is-one-job",
    promise="Every tick of a schedule makes exactly one job, whatever the number of processes, and however "
    "often the one that looks after it is killed.",
    safety="break",
    faults=["kill"],
    trials=3,
    core=False,  # a dead scheduler's lease is ten seconds
    timeout=240.0,
)
async def a_tick_is_one_job(lab: Lab) -> Verdict:
    """Let five processes fire a tick each second; kill the one in charge, again and again."""
    app = await lab.server(processes=5, env=_TICKING)
    for _ in lab.trials():
        leader = await _leader(app)
        await _more_ticks(app, lab.random.randint(1, 3))
        await leader.kill()
        await app.restart()
        await _more_ticks(app, 2)
    ticks = await _ticks(app)
    return judge(_repeated(ticks), _missing(ticks), ticks=len(ticks))


async def _leader(app: Server) -> Process:
    """The process that looks after the schedule."""
    found: list[Process] = []

    async def held() -> bool:
        (schedule,) = [one for one in (await app.get("/v1/job-schedules")).json if one["name"] == _SCHEDULE]
        pid = (schedule["holder"] or "::").split(":")[-2]
        found[:] = [process for process in app.processes if str(process.pid) == pid]
        return bool(found)

    if not await until(held):
        raise LabError("no process of this server looks after the schedule")
    return found[0]


async def _ticks(app: Server) -> list[datetime]:
    """Of every job of the schedule: when it was due."""
    path = f"/v1/jobs?schedule={_SCHEDULE}&organization={SYSTEM_ORGANIZATION}&limit=100"
    return sorted([datetime.fromisoformat(job["run_at"]) async for job in app.walk(path)])


async def _more_ticks(app: Server, count: int) -> None:
    last = max(await _ticks(app), default=None)

    async def fired() -> bool:
        return sum(last is None or tick > last for tick in await _ticks(app)) >= count

    if not await until(fired):
        raise LabError("the schedule fired nothing any more")


def _repeated(ticks: Iterable[datetime]) -> Finding | None:
    many = [(tick, times) for tick, times in Counter(ticks).items() if times > 1]
    return Finding(f"the tick of {many[0][0]:%H:%M:%S} made {many[0][1]} jobs") if many else None


def _missing(ticks: list[datetime]) -> Finding | None:
    there = set(ticks)
    tick = min(there)
    while tick < max(there):
        tick += _SECOND
        if tick not in there:
            return Finding(f"the tick of {tick:%H:%M:%S} made no job")
    return None


@a_tick_is_one_job.sabotage("trust that only one process is in charge")
def no_books(patch: Patch) -> None:
    """Nothing is written down of a tick but its job."""

    async def only_enqueue(agenda: Agenda, schedule: Schedule, tick: datetime) -> Receipt:
        return await agenda._database.run(
            SYSTEM, lambda uow: agenda._enqueue(uow, schedule, schedule.starts_at(tick))
        )

    patch(Agenda, "fire", only_enqueue)


@a_tick_is_one_job.sabotage("begin with the present when taking over")
def from_now(patch: Patch) -> None:
    """What came due while nobody was in charge is passed over."""
    fire_due = Scheduler._fire_due

    async def forgetful(scheduler: Scheduler, schedule: Schedule, floor: datetime, now: datetime) -> None:
        scheduler._looked.setdefault(schedule.name, now)
        await fire_due(scheduler, schedule, floor, now)

    patch(Scheduler, "_fire_due", forgetful)
