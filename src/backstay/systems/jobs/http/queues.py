"""Queues: their numbers, live and by the minute, and the brakes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from backstay.kernel.actor import Actor
from backstay.kernel.backend import Backend
from backstay.kernel.http import Controller, Event, EventStream, FromPath, FromQuery, JSONBody, get, post, put
from backstay.systems.jobs.contracts import Promises
from backstay.systems.jobs.engines.views import MinuteCount, QueueState
from backstay.systems.jobs.http.permissions import OPERATE, Words
from backstay.systems.jobs.service import looking
from backstay.systems.jobs.service.noting import note_asked
from backstay.systems.jobs.service.part import Jobs
from backstay.systems.jobs.service.pulse import Pulse
from backstay.systems.jobs.service.views import BreakerInfo, WorkerInfo

Since = Annotated[float, Meta(ge=60, le=86_400, description="Seconds to look back.")]


Many = Annotated[int, Meta(ge=1, le=1_000_000, examples=[10])]


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """What a queue is limited to, on all nodes together; null lifts a limit."""

    concurrency: Annotated[Many | None, Meta(description="Jobs that run at once.")] = None
    starts: Annotated[Many | None, Meta(description="Jobs that start in a period.")] = None
    period: Annotated[float, Meta(gt=0, le=86_400, description="The period in seconds.")] = 60.0


class QueuesController(Controller):
    """Queues, which all organizations share."""

    path: ClassVar[str] = "/job-queues"
    name: ClassVar[str] = "job_queue"

    @get(permission=OPERATE)
    async def list_all(self, backend: Backend) -> list[QueueState]:
        """Show every queue in numbers."""
        jobs = backend.part(Jobs)
        return await looking.queues_of(jobs.store, jobs.registry)

    @get("/minutes", permission=OPERATE)
    async def minutes(self, backend: Backend, since: FromQuery[Since] = 3600.0) -> list[MinuteCount]:
        """Show what ended in each minute, by queue: how many, how long they waited and ran."""
        return await backend.part(Jobs).store.minutes(since)

    @get("/engine", permission=OPERATE)
    async def engine(self, backend: Backend) -> Promises:
        """Show which engine keeps the jobs and what it promises."""
        return await backend.part(Jobs).store.promised()

    @get("/workers", permission=OPERATE)
    async def workers(self, backend: Backend) -> list[WorkerInfo]:
        """Show who runs jobs, and who fell silent within the last hour."""
        return await backend.part(Jobs).presence.show()

    @get("/breakers", permission=OPERATE)
    async def breakers(self, backend: Backend) -> list[BreakerInfo]:
        """Show the kinds whose jobs wait because too many of them failed."""
        return await backend.part(Jobs).breakers.show()

    @post("/breakers/{kind:str}/close", permission=OPERATE, status=204)
    async def close_breaker(self, backend: Backend, actor: Actor, kind: FromPath[Words]) -> None:
        """Let a kind's jobs run again without waiting for a try to end well."""
        await note_asked(backend.database, actor, "breaker_close_asked", ("kind", kind))
        await backend.part(Jobs).breakers.close(kind)

    @get("/stream", permission=OPERATE)
    async def stream(self, backend: Backend) -> EventStream:
        """Follow the queues live, as server-sent events named `beat`, about one a second."""

        async def events() -> AsyncIterator[Event]:
            async with backend.part(Pulse).watch() as beats:
                async for beat in beats:
                    yield Event(beat, name="beat")

        return EventStream(events())

    @post("/{queue:str}/pause", permission=OPERATE, status=204)
    async def pause(self, backend: Backend, actor: Actor, queue: FromPath[Words]) -> None:
        """Hand out no more jobs of a queue, on every worker; those that run go on."""
        await note_asked(backend.database, actor, "queue_pause_asked", ("queue", queue))
        await backend.part(Jobs).store.pause(queue, paused=True)

    @post("/{queue:str}/resume", permission=OPERATE, status=204)
    async def resume(self, backend: Backend, actor: Actor, queue: FromPath[Words]) -> None:
        """Hand out a queue's jobs again."""
        await note_asked(backend.database, actor, "queue_resume_asked", ("queue", queue))
        await backend.part(Jobs).store.pause(queue, paused=False)

    @put("/{queue:str}/limits", permission=OPERATE, status=204)
    async def limit(
        self, backend: Backend, actor: Actor, queue: FromPath[Words], data: JSONBody[Limits]
    ) -> None:
        """Limit how many of a queue's jobs start in a time and run at once, on all workers together."""
        await note_asked(backend.database, actor, "queue_limit_asked", ("queue", queue), after=data)
        rate = None if data.starts is None else (data.starts, data.period)
        await backend.part(Jobs).store.limit(queue, rate=rate, concurrency=data.concurrency)
