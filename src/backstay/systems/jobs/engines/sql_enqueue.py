"""How jobs are kept in the caller's transaction."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

import msgspec

from backstay.kernel.database import UnitOfWork
from backstay.kernel.tasks import end
from backstay.systems.jobs.contracts import JobState
from backstay.systems.jobs.engines.alike import Alike
from backstay.systems.jobs.engines.sql_changes import PARENT_FAILED, Changes, line_name
from backstay.systems.jobs.engines.sql_rows import SECOND, error_text, micros
from backstay.systems.jobs.engines.store import NewJob
from backstay.systems.jobs.errors import UnknownParent
from backstay.systems.jobs.queries import adding, changing, lines
from backstay.systems.jobs.queries.rows import JobRow

_BULK: Final = 16
"""Jobs of one sort from which on it pays to send what they share only once."""
_PIECE: Final = 256
"""Jobs in one statement."""
_ROUNDS: Final = 2
"""Of the event loop, in which a statement gets to the socket: its task's step, and uvloop's writing."""


def row_of(job: NewJob, now: int) -> JobRow:
    """A job as it is stored when nothing holds it back."""
    run_at = micros(job.run_at) if job.run_at is not None else now + round(job.delay * SECOND)
    rate, per = job.rate or (None, None)
    return JobRow(
        id=job.id,
        organization_id=job.organization_id,
        actor_id=job.actor_id,
        kind=job.kind,
        queue=job.queue,
        priority=job.priority,
        state=(JobState.SCHEDULED if run_at > now else JobState.READY).value,
        payload=job.payload.decode(),
        run_at=run_at,
        due_at=max(run_at, now),
        created_at=now,
        started_at=None,
        ended_at=None,
        prune_at=None,
        attempt=0,
        max_attempts=job.max_attempts,
        crashes=0,
        max_crashes=job.max_crashes,
        lease=0,
        lease_until=None,
        worker=None,
        stop=False,
        unique_key=job.unique_key,
        unique_for=job.unique_for,
        order_key=job.order_key,
        order_failure=job.order_failure,
        place=None,
        concurrency_key=job.concurrency_key if job.concurrency is not None else None,
        concurrency=job.concurrency,
        rate_key=job.rate_key if job.rate is not None else None,
        rate_count=rate,
        rate_seconds=per,
        retain=job.retain,
        parents=0,
        on_parent_failure=job.on_parent_failure if job.depends_on else "",
        flow_id=job.flow_id,
        schedule=job.schedule,
        traceparent=job.traceparent,
        request_id=job.request_id,
        progress=None,
        result=None,
        error=None,
        gated=(job.concurrency is not None and job.concurrency_key is not None)
        or (job.rate is not None and job.rate_key is not None),
        linked=job.unique_key is not None or job.order_key is not None,
    )


async def take_keys(changes: Changes, jobs: Sequence[NewJob]) -> dict[UUID, UUID]:
    """Take the unique keys; returns, for the jobs that are not to be stored, whose key it is."""
    held: dict[UUID, UUID] = {}
    first: dict[tuple[UUID, str], UUID] = {}
    keyed = [job for job in jobs if job.unique_key is not None]
    # In the order of the keys, so that two transactions never wait for each other in a ring.
    for job in sorted(keyed, key=lambda job: (str(job.organization_id), job.unique_key or "")):
        key = {"organization": job.organization_id, "key": job.unique_key}
        if (twin := first.setdefault((job.organization_id, job.unique_key or ""), job.id)) != job.id:
            held[job.id] = twin
            continue
        seconds = round((job.unique_for or 0) * SECOND)
        if not await changes.all(changing.TAKE_KEY, **key, job=job.id, seconds=seconds):
            held[job.id] = (await changes.all(changing.KEY_HOLDER, **key))[0]
            first[job.organization_id, job.unique_key or ""] = held[job.id]
    return held


async def number_lines(changes: Changes, rows: Sequence[JobRow]) -> list[tuple[UUID, str]]:
    """Give ordered jobs their places and let them wait for their turn; returns the lines."""
    wanted = Counter((row.organization_id, row.order_key) for row in rows if row.order_key is not None)
    next_place = {}
    for organization, key in sorted(wanted, key=str):
        count = wanted[organization, key]
        last = (await changes.all(lines.NUMBERS, name=line_name(organization, key), count=count))[0]
        next_place[organization, key] = last - count + 1
    for row in rows:
        if row.order_key is not None:
            row.place = next_place[row.organization_id, row.order_key]
            next_place[row.organization_id, row.order_key] += 1
            row.state = JobState.WAITING.value
    return sorted(next_place, key=str)


async def bind_parents(
    changes: Changes, jobs: Sequence[NewJob], rows: dict[UUID, JobRow]
) -> tuple[list[dict[str, Any]], list[JobRow]]:
    """Let jobs wait for those they depend on; returns the edges, and the jobs whose parents failed already.

    Raises:
        UnknownParent: the organization has no such job.
    """
    wanted = {parent for job in jobs for parent in job.depends_on} - rows.keys()
    found = {row.id: row for row in await changes.lock(wanted)} if wanted else {}
    if missing := [str(one) for one in wanted - found.keys()]:
        found |= {row.id: row for row in await changes.all(changing.STATES_DONE, ids=missing)}
    edges: list[dict[str, Any]] = []
    failed = []
    for job in jobs:
        if job.id not in rows or not job.depends_on:
            continue
        row = rows[job.id]
        lost = False
        for parent_id in dict.fromkeys(job.depends_on):
            parent = rows.get(parent_id) or found.get(parent_id)
            if parent is None or parent.organization_id != job.organization_id:
                raise UnknownParent(str(parent_id))
            ended = parent.state in (JobState.COMPLETED, JobState.DEAD, JobState.CANCELLED)
            lost |= ended and parent.state != JobState.COMPLETED and job.on_parent_failure == "cancel"
            row.parents += not ended
            edges.append({"child": job.id, "parent": parent_id, "ended": ended})
            if parent_id in rows:
                parent.linked = True
        if row.parents:
            row.state = JobState.WAITING.value
        if lost:
            failed.append(row)
    outside = [str(one) for one in found if found[one].ended_at is None]
    if outside:
        await changes.run(changing.LINK, ids=outside)
    return edges, failed


def insert_rows(uow: UnitOfWork, rows: Sequence[JobRow]) -> None:
    """Store rows, all in one trip."""
    if uow.dialect == "postgresql":
        uow.write(adding.INSERT_ROWS, {"rows": rows, "at": 0})
    else:
        uow.write(adding.INSERT, *map(msgspec.structs.asdict, rows))


_SAME: Final = attrgetter(
    "kind",
    "organization_id",
    "actor_id",
    "queue",
    "priority",
    "delay",
    "flow_id",
    "schedule",
    "concurrency_key",
    "rate_key",
    "rate",
    "traceparent",
    "request_id",
)
"""Of a job, what those share that are sent together. What its kind declares, they share by their kind."""


def _alike(jobs: Sequence[NewJob]) -> list[list[NewJob]] | None:
    """Plain jobs in groups that differ in id and arguments only; None where that is not worth it."""
    if len(jobs) < _BULK:
        return None
    groups: dict[tuple[Any, ...], list[NewJob]] = {}
    last: tuple[Any, ...] | None = None
    group: list[NewJob] = []
    for job in jobs:
        same = _SAME(job)
        if same != last:  # to compare with the one before costs less than to hash: most are of one sort
            last, group = same, groups.setdefault(same, [])
        group.append(job)
    return list(groups.values()) if len(groups) * _BULK <= len(jobs) else None


def is_plain(job: NewJob) -> bool:
    """Whether it is stored without a look at anything, not even at the clock."""
    return job.run_at is None and job.unique_key is None and job.order_key is None and not job.depends_on


async def _insert_alike(
    uow: UnitOfWork, model: NewJob, each: Iterable[tuple[UUID, str]], at: int | None
) -> list[UUID]:
    """Store jobs that differ from a plain model in id and arguments only; returns their ids. PostgreSQL only.

    They go in pieces, and while the server stores one the next is made: neither waits for the other.
    """
    common = row_of(model, 0)
    common.payload = ""
    ids: list[UUID] = []
    rest = iter(each)
    sending: asyncio.Task[int] | None = None
    try:
        while piece := list(islice(rest, _PIECE)):
            names, payloads = map(list, zip(*piece, strict=True))
            ids += names
            if sending is not None:
                await sending
            storing = uow.execute(adding.INSERT_ALIKE, common=common, ids=names, payloads=payloads, at=at)
            sending = asyncio.create_task(storing)
            for _ in range(_ROUNDS):
                await asyncio.sleep(0)
        if sending is not None:
            await sending
    finally:
        if sending is not None:
            await end(sending)
    return ids


async def enqueue_plain(uow: UnitOfWork, jobs: Sequence[NewJob], at: int | None) -> list[UUID]:
    """Keep plain jobs; returns their ids. Their moments are counted by the server. PostgreSQL only.

    Few travel with the unit's next statement, or its commit.
    """
    if isinstance(jobs, Alike):
        return await _insert_alike(uow, jobs.model, jobs.each(), at)
    if (groups := _alike(jobs)) is None:
        uow.write(adding.INSERT_ROWS, {"rows": [row_of(job, 0) for job in jobs], "at": at})
    else:
        for group in groups:
            await _insert_alike(uow, group[0], ((job.id, job.payload.decode()) for job in group), at)
    return [job.id for job in jobs]


async def enqueue(uow: UnitOfWork, jobs: Sequence[NewJob], changes: Changes) -> dict[UUID, UUID]:
    """Keep the jobs; returns whose unique key held back those that were not kept."""
    held = await take_keys(changes, jobs)
    rows = {job.id: row_of(job, changes.now) for job in jobs if job.id not in held}
    moved = await number_lines(changes, list(rows.values()))
    edges, failed = await bind_parents(changes, jobs, rows)
    insert_rows(uow, list(rows.values()))
    await uow.execute_many(changing.EDGE, edges)
    for row in failed:
        row.error = error_text(PARENT_FAILED)
        changes.end_badly(row, JobState.CANCELLED, PARENT_FAILED, "parent failed", None)
    if failed:
        await changes.finish()
    for organization, key in moved:
        await changes.refresh_line(organization, key)
    return held
