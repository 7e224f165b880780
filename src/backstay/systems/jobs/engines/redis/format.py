"""How jobs look inside Redis, and how they come back as contracts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Raw, Struct

from backstay.systems.jobs.contracts import JobError, JobInfo, JobState, Transition
from backstay.systems.jobs.engines.store import Claimed, NewJob, Outcome

MICRO: Final = 1_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

CRASHED: Final = '{"kind":"crashed","message":"the lease of worker %s ran out","trace":""}'
"""JSON of a `JobError`, filled in by the sweep, which alone knows the worker."""


class Header(Struct, frozen=True, array_like=True):
    """What never changes of a job, in the order of the constants in `common.lua`, which reads only texts."""

    queue: str
    priority: int
    organization: str
    retain: int
    """Microseconds, as all times here."""
    max_crashes: int
    order_key: str | None
    order_failure: str
    slot_key: str | None
    slots: int | None
    rate_key: str | None
    rate: int | None
    period: int | None
    unique_key: str | None
    unique_for: int | None
    parents: tuple[str, ...] | None
    on_failure: str
    flow: str | None
    schedule: str | None
    kind: str
    trace: str | None
    actor: str
    max_attempts: int
    traceparent: str | None
    request_id: str | None


class Step(Struct, frozen=True, array_like=True):
    """One entry of a job's list of steps."""

    at: int
    state: str
    attempt: int
    worker: str
    error: str
    note: str


_encode: Final = msgspec.msgpack.Encoder().encode
_header: Final = msgspec.msgpack.Decoder(Header).decode
_step: Final = msgspec.msgpack.Decoder(Step).decode
_error: Final = msgspec.json.Decoder(JobError).decode


def micros(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(value: bytes | int) -> datetime:
    """The moment of these microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=int(float(value)))


def header_of(job: NewJob) -> bytes:
    """The job's unchanging part."""
    limited = job.concurrency_key is not None and job.concurrency is not None
    rated = job.rate_key is not None and job.rate is not None
    rate, period = job.rate if rated and job.rate is not None else (None, None)
    return _encode(
        Header(
            queue=job.queue,
            priority=job.priority,
            organization=job.organization_id.hex,
            retain=round(job.retain * MICRO),
            max_crashes=job.max_crashes,
            order_key=job.order_key,
            order_failure=job.order_failure,
            slot_key=job.concurrency_key if limited else None,
            slots=job.concurrency if limited else None,
            rate_key=job.rate_key if rated else None,
            rate=rate,
            period=None if period is None else round(period * MICRO),
            unique_key=job.unique_key,
            unique_for=None if job.unique_for is None else round(job.unique_for * MICRO),
            parents=tuple(parent.hex for parent in job.depends_on) or None,
            on_failure=job.on_parent_failure,
            flow=None if job.flow_id is None else job.flow_id.hex,
            schedule=job.schedule,
            kind=job.kind,
            trace=_trace_id(job.traceparent),
            actor=job.actor_id.hex,
            max_attempts=job.max_attempts,
            traceparent=job.traceparent,
            request_id=job.request_id,
        )
    )


_UNCHANGING: Final = attrgetter(
    *(name for name in NewJob.__struct_fields__ if name not in {"id", "payload", "delay", "run_at"})
)


def arguments_of(jobs: Sequence[NewJob]) -> list[str | bytes | int]:
    """What `keep` takes, five values a job."""
    given: list[str | bytes | int] = []
    header, described = b"", None
    for job in jobs:
        # To compare with the one before costs a quarter of describing it: most are of one sort.
        if (now := _UNCHANGING(job)) != described:
            header, described = header_of(job), now
        given += (
            job.id.hex,
            header,
            job.payload,
            round(job.delay * MICRO),
            "" if job.run_at is None else micros(job.run_at),
        )
    return given


def outcomes_of(outcomes: Sequence[Outcome]) -> bytes:
    """What `settle.lua` takes."""
    return _encode(
        [
            (
                outcome.key.id.hex,
                outcome.key.lease,
                outcome.to.value,
                round(outcome.delay * MICRO),
                None if outcome.result is None else outcome.result.decode(),
                None if outcome.error is None else msgspec.json.encode(outcome.error).decode(),
                outcome.spent,
                outcome.note,
            )
            for outcome in outcomes
        ]
    )


def claimed(flat: Sequence[Any]) -> list[Claimed]:
    """The jobs that `claim.lua` answers, eight values each."""
    jobs: list[Claimed] = []
    for at in range(0, len(flat), 8):
        job_id, lease, packed, payload, attempt, crashes, created, due = flat[at : at + 8]
        header = _header(packed)
        jobs.append(
            Claimed(
                id=UUID(job_id.decode()),
                lease=lease,
                organization_id=UUID(header.organization),
                actor_id=UUID(header.actor),
                kind=header.kind,
                queue=header.queue,
                payload=payload,
                attempt=attempt,
                max_attempts=header.max_attempts,
                crashes=crashes,
                order_key=header.order_key,
                flow_id=None if header.flow is None else UUID(header.flow),
                has_parents=header.parents is not None,
                traceparent=header.traceparent,
                created_at=moment(created),
                due_at=moment(due),
            )
        )
    return jobs


def fields_of(flat: Sequence[bytes]) -> dict[str, bytes]:
    """A hash as Redis lists it."""
    return {name.decode(): value for name, value in zip(flat[::2], flat[1::2], strict=True)}


def info(job_id: UUID, fields: Mapping[str, bytes]) -> JobInfo:
    """A job's hash as people see it."""
    header = _header(fields["h"])
    keys = (header.slot_key, header.unique_key, header.order_key)
    return JobInfo(
        id=job_id,
        kind=header.kind,
        queue=header.queue,
        state=JobState(fields["s"].decode()),
        priority=header.priority,
        attempt=int(fields["a"]),
        max_attempts=header.max_attempts,
        crashes=int(fields.get("c", 0)),
        run_at=moment(fields["u"]),
        created_at=moment(fields["n"]),
        started_at=_moment(fields, "b"),
        finished_at=_moment(fields, "f"),
        worker=fields["w"].decode() if "w" in fields else None,
        unique_key=keys[1],
        order_key=keys[2],
        concurrency_key=keys[0],
        arguments=Raw(fields["p"]),
        result=Raw(fields["r"]) if "r" in fields else None,
        error=_error(fields["e"]) if "e" in fields else None,
        progress=float(fields["g"]) if "g" in fields else None,
        schedule=header.schedule,
        flow_id=None if header.flow is None else UUID(header.flow),
        trace_id=header.trace,
        request_id=header.request_id,
    )


def organization_of(fields: Mapping[str, bytes]) -> UUID:
    """Whose job it is."""
    return UUID(_header(fields["h"]).organization)


def parents_of(packed: bytes) -> tuple[UUID, ...]:
    """The jobs that this one depends on."""
    return tuple(UUID(parent) for parent in _header(packed).parents or ())


def steps(fields: Mapping[str, bytes], kept: Sequence[bytes]) -> list[Transition]:
    """A job's life: how it began, the steps that were kept, and those that its hash still tells."""
    job = info(UUID(int=0), fields)
    first = JobState(fields["z"].decode()) if "z" in fields else JobState.READY
    life = [Transition(job.created_at, first, 0, None, None, "enqueued")]
    for packed in kept:
        one = _step(packed)
        error = _error(one.error) if one.error else None
        life.append(
            Transition(moment(one.at), JobState(one.state), one.attempt, one.worker or None, error, one.note)
        )
    if job.state in {JobState.RUNNING, JobState.COMPLETED} and job.started_at is not None:
        life.append(Transition(job.started_at, JobState.RUNNING, job.attempt, job.worker, None, "claimed"))
    if job.state is JobState.COMPLETED and job.finished_at is not None:
        life.append(
            Transition(
                job.finished_at,
                JobState.COMPLETED,
                job.attempt,
                job.worker,
                None,
                fields.get("m", b"").decode(),
            )
        )
    return life


def _moment(fields: Mapping[str, bytes], name: str) -> datetime | None:
    return moment(fields[name]) if name in fields else None


def _trace_id(traceparent: str | None) -> str | None:
    """The second field of a W3C traceparent."""
    parts = (traceparent or "").split("-")
    return parts[1] if len(parts) == 4 else None
