"""Showing jobs: what people and their tools read, never what workers do."""

from __future__ import annotations

from uuid import UUID

import msgspec

from backstay.kernel.actor import SYSTEM
from backstay.systems.jobs.contracts import JobInfo, Transition
from backstay.systems.jobs.engines.ground import Ground, json_text
from backstay.systems.jobs.engines.rows import info_of, transitions_of
from backstay.systems.jobs.engines.views import JobPage, JobQuery, MinuteCount, QueueState
from backstay.systems.jobs.queries import looking


class Looks(Ground):
    """The reading part of `Store`."""

    async def queues(self) -> list[QueueState]:
        """Every queue with living jobs, or paused or limited."""
        reader = self._database.reader(SYSTEM)
        paused = {setting.queue: setting.paused for setting in await reader.all(looking.SETTINGS)}
        counts: dict[str, dict[str, int]] = {queue: {} for queue in paused}
        oldest: dict[str, float | None] = {}
        for row in await reader.all(looking.COUNTS, at=self._at()):
            counts.setdefault(row.queue, {})[row.state] = row.count
            if row.seconds is not None:
                oldest[row.queue] = max(0.0, row.seconds)
        return [
            QueueState(
                queue=queue,
                paused=paused.get(queue, False),
                ready=states.get("ready", 0),
                running=states.get("running", 0),
                scheduled=states.get("scheduled", 0),
                waiting=states.get("waiting", 0) + states.get("parked", 0),
                failed=states.get("failed", 0),
                dead=states.get("dead", 0),
                oldest_ready=oldest.get(queue),
            )
            for queue, states in sorted(counts.items())
        ]

    async def get(self, organization_id: UUID, job_id: UUID) -> JobInfo | None:
        """One job."""
        row = await self._database.reader(SYSTEM).first(
            looking.GET, organization_id=organization_id, id=job_id
        )
        return None if row is None else info_of(row)

    async def find(self, organization_id: UUID, query: JobQuery) -> JobPage:
        """Jobs of an organization, newest first."""
        rows = await self._database.reader(SYSTEM).all(
            looking.FIND,
            organization_id=organization_id,
            any_state="" if query.states else "yes",
            states=json_text([str(state) for state in query.states]),
            queue=query.queue,
            kind=query.kind,
            flow_id=query.flow_id,
            schedule=query.schedule,
            lane=None if query.order_key is None else f"o:{query.order_key}",
            trace=None if query.trace_id is None else f"%-{query.trace_id}-%",
            after=query.after,
            limit=query.limit + 1,
        )
        return JobPage([info_of(row) for row in rows[: query.limit]], more=len(rows) > query.limit)

    async def history(self, organization_id: UUID, job_id: UUID) -> list[Transition]:
        """Every step of a job's life."""
        reader = self._database.reader(SYSTEM)
        row = await reader.first(looking.GET, organization_id=organization_id, id=job_id)
        if row is None:
            return []
        return transitions_of(row, await reader.all(looking.STEPS, job_id=job_id))

    async def minutes(self, since: float) -> list[MinuteCount]:
        """What ended in each minute."""
        rows = await self._database.reader(SYSTEM).all(looking.MINUTES, seconds=since, at=self._at())
        return [MinuteCount(**msgspec.structs.asdict(row)) for row in rows]

    async def results(self, job_id: UUID) -> dict[UUID, bytes | None]:
        """The results of the jobs that this one depends on."""
        rows = await self._database.reader(SYSTEM).all(looking.RESULTS, child_id=job_id)
        return {row.id: None if row.result is None else row.result.encode() for row in rows}
