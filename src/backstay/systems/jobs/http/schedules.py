"""Schedules: when they fire next, did last, and would fire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar

from msgspec import Meta

from backstay.kernel.actor import Actor
from backstay.kernel.backend import Backend
from backstay.kernel.http import Controller, FromPath, FromQuery, get, post
from backstay.systems.jobs.contracts import Receipt
from backstay.systems.jobs.errors import NoSuchSchedule
from backstay.systems.jobs.http.permissions import OPERATE, Words
from backstay.systems.jobs.service.noting import note_asked
from backstay.systems.jobs.service.part import Jobs
from backstay.systems.jobs.service.schedules import simulate
from backstay.systems.jobs.service.views import Firing, ScheduleInfo

Limit = Annotated[int, Meta(ge=1, le=1000, description="Firings that are shown.")]


_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""Schedules are simulated between these: far from the ends of what a datetime can tell in any time zone."""


class SchedulesController(Controller):
    """Schedules, which belong to the house."""

    path: ClassVar[str] = "/job-schedules"
    name: ClassVar[str] = "job_schedule"

    @get(permission=OPERATE)
    async def list_all(self, backend: Backend) -> list[ScheduleInfo]:
        """Show every schedule with its last and its next tick."""
        return await backend.part(Jobs).agenda.show()

    @get("/simulation", permission=OPERATE, problems=[NoSuchSchedule])
    async def simulation(
        self,
        backend: Backend,
        since: FromQuery[datetime | None] = None,
        until: FromQuery[datetime | None] = None,
        schedule: FromQuery[Words | None] = None,
        limit: FromQuery[Limit] = 100,
    ) -> list[Firing]:
        """Show what would fire after one moment up to another; from now for a day when not said."""
        agenda = backend.part(Jobs).agenda
        since = since or backend.clock.now()
        if not _FIRST <= since < _LAST:
            return []
        until = min(until or since + timedelta(days=1), _LAST)
        chosen = agenda.schedules if schedule is None else [agenda.schedule(schedule)]
        return simulate(chosen, since, until, limit=limit)

    @post("/{name:str}/pause", permission=OPERATE, status=204, problems=[NoSuchSchedule])
    async def pause(self, backend: Backend, actor: Actor, name: FromPath[Words]) -> None:
        """Fire a schedule no more, everywhere, until it is resumed."""
        await note_asked(backend.database, actor, "schedule_pause_asked", ("schedule", name))
        await backend.part(Jobs).agenda.pause(name, paused=True)

    @post("/{name:str}/resume", permission=OPERATE, status=204, problems=[NoSuchSchedule])
    async def resume(self, backend: Backend, actor: Actor, name: FromPath[Words]) -> None:
        """Fire a schedule again. What fell into the pause is not made up for."""
        await note_asked(backend.database, actor, "schedule_resume_asked", ("schedule", name))
        await backend.part(Jobs).agenda.pause(name, paused=False)

    @post("/{name:str}/run", permission=OPERATE, problems=[NoSuchSchedule])
    async def run(self, backend: Backend, actor: Actor, name: FromPath[Words]) -> Receipt:
        """Enqueue a schedule's job now, besides its ticks, under its own policy of overlap."""
        await note_asked(backend.database, actor, "schedule_run_asked", ("schedule", name))
        return await backend.part(Jobs).agenda.run_now(name)
