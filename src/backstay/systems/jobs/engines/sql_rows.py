"""Rows of jobs turned into what leaves the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from msgspec import Raw

from backstay.systems.jobs.contracts import JobError, JobInfo, JobState, Transition
from backstay.systems.jobs.engines.store import Claimed
from backstay.systems.jobs.queries.reading import StepRow
from backstay.systems.jobs.queries.rows import JobRow, TakenRow

SECOND: Final = 1_000_000
"""In the store's unit of time."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_error = msgspec.json.Decoder(JobError)


def moment(micros: int) -> datetime:
    """A stored moment."""
    return _EPOCH + timedelta(microseconds=micros)


def micros(at: datetime) -> int:
    """A moment as it is stored."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def error_of(stored: str | None) -> JobError | None:
    """The error that was stored."""
    return None if stored is None else _error.decode(stored)


def error_text(error: JobError | None) -> str | None:
    """How an error is stored."""
    return None if error is None else msgspec.json.encode(error).decode()


def claimed(row: TakenRow) -> Claimed:
    """A row in a worker's hands."""
    return Claimed(
        id=row.id,
        lease=row.lease,
        organization_id=row.organization_id,
        actor_id=row.actor_id,
        kind=row.kind,
        queue=row.queue,
        payload=row.payload.encode(),
        attempt=row.attempt,
        max_attempts=row.max_attempts,
        crashes=row.crashes,
        order_key=row.order_key,
        flow_id=row.flow_id,
        has_parents=row.on_parent_failure != "",
        traceparent=row.traceparent,
        created_at=moment(row.created_at),
        due_at=moment(row.due_at),
    )


def info(row: JobRow) -> JobInfo:
    """A row as people see it."""
    return JobInfo(
        id=row.id,
        kind=row.kind,
        queue=row.queue,
        state=JobState(row.state),
        priority=row.priority,
        attempt=row.attempt,
        max_attempts=row.max_attempts,
        crashes=row.crashes,
        run_at=moment(row.run_at),
        created_at=moment(row.created_at),
        started_at=None if row.started_at is None else moment(row.started_at),
        finished_at=None if row.ended_at is None else moment(row.ended_at),
        worker=row.worker,
        unique_key=row.unique_key,
        order_key=row.order_key,
        concurrency_key=row.concurrency_key,
        arguments=Raw(row.payload.encode()),
        result=None if row.result is None else Raw(row.result.encode()),
        error=error_of(row.error),
        progress=row.progress,
        schedule=row.schedule,
        flow_id=row.flow_id,
        trace_id=row.traceparent.split("-")[1] if row.traceparent else None,
        request_id=row.request_id,
    )


def history(row: JobRow, steps: Sequence[StepRow]) -> list[Transition]:
    """The steps that were written down, and those that the job's own columns tell."""
    found = [
        Transition(moment(s.at), JobState(s.state), s.attempt, s.worker, error_of(s.error), s.note)
        for s in steps
    ]
    if row.parents or row.state == JobState.WAITING:
        begun = JobState.WAITING
    else:
        begun = JobState.SCHEDULED if row.run_at > row.created_at and not steps else JobState.READY
    made = [Transition(moment(row.created_at), begun, 0, None, None, "enqueued")]
    if row.started_at is not None and row.state in (JobState.RUNNING, JobState.COMPLETED):
        found.append(
            Transition(moment(row.started_at), JobState.RUNNING, row.attempt, row.worker, None, "claimed")
        )
    if row.state == JobState.COMPLETED and row.ended_at is not None:
        found.append(Transition(moment(row.ended_at), JobState.COMPLETED, row.attempt, row.worker, None, ""))
    return made + found
