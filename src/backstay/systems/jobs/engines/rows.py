"""Between the tables' rows and what callers see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Raw

from backstay.systems.jobs.contracts import JobInfo, JobState, Transition
from backstay.systems.jobs.engines.store import Outcome
from backstay.systems.jobs.queries.looking import Seen, Step


def outcome_row(outcome: Outcome) -> dict[str, Any]:
    """An outcome as the settling statement unfolds it; a result stays the text that it was."""
    return {
        "id": outcome.key.id,
        "lease": outcome.key.lease,
        "state": outcome.to,
        "delay": outcome.delay,
        "result": None if outcome.result is None else outcome.result.decode(),
        "error": outcome.error,
        "spent": outcome.spent,
    }


def info_of(row: Seen) -> JobInfo:
    """A job as people see it."""
    lane = row.lane or ""
    return JobInfo(
        id=row.id,
        kind=row.kind,
        queue=row.queue,
        state=JobState(row.state),
        priority=row.priority,
        attempt=row.attempt,
        max_attempts=row.max_attempts,
        crashes=row.crashes,
        run_at=row.run_at,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        worker=row.worker,
        unique_key=row.unique_key,
        order_key=lane.removeprefix("o:") if lane.startswith("o:") else None,
        concurrency_key=lane.removeprefix("c:") if lane.startswith("c:") else None,
        arguments=Raw(row.payload.encode()),
        result=None if row.result is None else Raw(row.result.encode()),
        error=row.error,
        progress=row.progress,
        schedule=row.schedule,
        flow_id=row.flow_id,
        trace_id=trace_of(row.traceparent),
        request_id=row.request_id,
    )


def trace_of(traceparent: str | None) -> str | None:
    """The trace id within a W3C traceparent."""
    return None if traceparent is None else traceparent.split("-")[1]


def transitions_of(row: Seen, steps: Sequence[Step]) -> list[Transition]:
    """A job's life: what its own columns tell, and the steps kept beside it."""
    told = [Transition(row.created_at, JobState.SCHEDULED, 0, None, None, "enqueued")]
    told += [
        Transition(step.at, JobState(step.state), step.attempt, step.worker, step.error, step.note)
        for step in steps
    ]
    if row.started_at is not None:
        told.append(Transition(row.started_at, JobState.RUNNING, row.attempt, row.worker, None, "claimed"))
    if row.state == JobState.COMPLETED and row.finished_at is not None:
        told.append(
            Transition(row.finished_at, JobState.COMPLETED, row.attempt, row.worker, None, "completed")
        )
    return sorted(told, key=lambda one: one.at)


def encoded(value: Any) -> str:
    """JSON text."""
    return msgspec.json.encode(value).decode()
