"""What can be seen of the jobs in a database."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Generic, Protocol, TypeVar
from uuid import UUID

import msgspec

from backstay.kernel.actor import SYSTEM
from backstay.kernel.clock import ManualClock, SystemClock
from backstay.kernel.database import Database, Statement
from backstay.systems.jobs.contracts import (
    JobInfo,
    JobState,
    Transition,
)
from backstay.systems.jobs.engines import sql_rows
from backstay.systems.jobs.engines.sql_rows import SECOND
from backstay.systems.jobs.engines.views import (
    JobPage,
    JobQuery,
    MinuteCount,
    QueueShare,
    QueueState,
)
from backstay.systems.jobs.queries import claiming, finding, reading
from backstay.systems.jobs.queries.rows import JobRow

T = TypeVar("T")
_FIRST: Final = UUID(int=0)
_LAST: Final = UUID(int=2**128 - 1)

MANY: Final = 20_000
"""Live jobs from which on they are not counted anew for every look."""
_REST: Final = 10.0
"""Times as long as counting them took, until they are counted again."""
SEEN: Final = 5_000
"""Rows of a table that one call looks at. Who looks for something rare goes on from page to page."""


def _ways(query: JobQuery) -> Sequence[finding.Way]:
    if query.flow_id is not None:
        return finding.BY_FLOW
    if query.schedule is not None:
        return finding.BY_SCHEDULE
    if len(query.states) == 1:
        return finding.BY_STATE[query.states[0]]
    return finding.ALL


def _may_pass_over(query: JobQuery) -> bool:
    """Whether the way to what is wanted may lead past jobs that do not match."""
    asked = (query.queue, query.kind, query.order_key, query.trace_id)
    states = query.states and _ways(query) not in finding.EXACT
    both = query.flow_id is not None and query.schedule is not None
    return bool(states) or both or any(value is not None for value in asked)


class SqlReading:
    """The verbs that only look; statements get the store's present from here."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts = Kept[reading.CountRow]()
        self._shares = Kept[reading.ShareRow]()

    def _at(self) -> int | None:
        """The present that statements are given; None: the server's clock.

        A worker's own clock never matters on PostgreSQL. SQLite's store is this machine, and so
        is its clock. Only a test's manual clock takes the store's place.
        """
        clock = self._database.clock
        if isinstance(clock, ManualClock):
            return sql_rows.micros(clock.now())
        return None if self._database.dialect == "postgresql" else sql_rows.micros(SystemClock().now())

    def _arguments(self, statement: Statement[Any], given: dict[str, Any]) -> dict[str, Any]:
        names = statement.compiled(self._database.dialect).parameters
        if "at" in names:
            given["at"] = self._at()
        return {name: value for name, value in given.items() if name in names}

    async def _all(self, statement: Statement[T], **given: Any) -> list[T]:
        return await self._database.reader(SYSTEM).all(statement, **self._arguments(statement, given))

    async def queues(self) -> list[QueueState]:
        """Every queue in numbers."""
        known = {row.queue: row for row in await self._all(claiming.QUEUES)}
        counts: dict[str, dict[str, reading.CountRow]] = {name: {} for name in known}
        for row in await self._counts.rows(lambda: self._all(reading.COUNTS)):
            counts.setdefault(row.queue, {})[row.state] = row

        def jobs(queue: str, state: JobState) -> int:
            found = counts[queue].get(state.value)
            return found.jobs if found else 0

        states = []
        for queue in sorted(counts):
            ready = counts[queue].get(JobState.READY.value)
            limits = known.get(queue)
            states.append(
                QueueState(
                    queue=queue,
                    paused=queue in known and known[queue].paused,
                    ready=jobs(queue, JobState.READY),
                    running=jobs(queue, JobState.RUNNING),
                    scheduled=jobs(queue, JobState.SCHEDULED),
                    waiting=jobs(queue, JobState.WAITING) + jobs(queue, JobState.PARKED),
                    failed=jobs(queue, JobState.FAILED),
                    dead=jobs(queue, JobState.DEAD),
                    oldest_ready=max(ready.oldest, 0) / SECOND if ready else None,
                    rate=_rate(limits),
                    concurrency=None if limits is None else limits.concurrency,
                )
            )
        return states

    async def shares(self, organization_id: UUID | None = None) -> list[QueueShare]:
        """What organizations have in each queue."""
        found: dict[tuple[str, UUID], dict[str, reading.ShareRow]] = defaultdict(dict)
        for row in await self._shares.rows(lambda: self._all(reading.SHARES)):
            if organization_id is None or row.organization_id == organization_id:
                found[row.queue, row.organization_id][row.state] = row
        return [_share(queue, owner, rows) for (queue, owner), rows in found.items()]

    async def _row(self, organization_id: UUID, job_id: UUID) -> JobRow | None:
        rows = await self._all(reading.GET, id=job_id, organization=organization_id)
        return rows[0] if rows else None

    async def get(self, organization_id: UUID, job_id: UUID) -> JobInfo | None:
        """The job, live or finished."""
        row = await self._row(organization_id, job_id)
        return None if row is None else sql_rows.info(row)

    async def find(self, organization_id: UUID, query: JobQuery) -> JobPage:
        """Jobs of an organization, newest first, among the next `SEEN` of either table."""
        given: dict[str, Any] = {
            "organization": organization_id,
            "after": query.after or _LAST,
            "queue": query.queue,
            "kind": query.kind,
            "flow": query.flow_id,
            "schedule": query.schedule,
            "order_key": query.order_key,
            "trace": query.trace_id,
            "any_state": int(not query.states),
            "states": [state.value for state in query.states],
            "limit": query.limit + 1,
        }
        ways = _ways(query)
        floor = await self._floor(ways, given) if _may_pass_over(query) else None
        rows = [row for way in ways for row in await self._all(way.rows, **given, floor=floor or _FIRST)]
        rows.sort(key=lambda row: row.id, reverse=True)
        items = [sql_rows.info(row) for row in rows[: query.limit]]
        return JobPage(items, items[-1].id if len(rows) > query.limit else floor)

    async def _floor(self, ways: Sequence[finding.Way], given: dict[str, Any]) -> UUID | None:
        """Down to which job one call looks; None: to the last."""
        floors = [row for way in ways for row in await self._all(way.floor, **given, seen=SEEN)]
        return max(floors, default=None)

    async def history(self, organization_id: UUID, job_id: UUID) -> list[Transition]:
        """Every step of a job's life."""
        row = await self._row(organization_id, job_id)
        return [] if row is None else sql_rows.history(row, await self._all(reading.STEPS, id=job_id))

    async def minutes(self, since: float) -> list[MinuteCount]:
        """What ended in each minute."""
        return [
            MinuteCount(
                **{**msgspec.structs.asdict(row), "minute": sql_rows.moment(row.minute)},
            )
            for row in await self._all(reading.MINUTES, since=round(since * SECOND))
        ]

    async def results(self, job_id: UUID) -> dict[UUID, bytes | None]:
        """The results of the jobs that this one depends on."""
        rows = await self._all(reading.RESULTS, id=job_id)
        return {row.id: None if row.result is None else row.result.encode() for row in rows}


class Counted(Protocol):
    """A row that tells a number of jobs."""

    @property
    def jobs(self) -> int:
        """How many."""
        ...


C = TypeVar("C", bound=Counted)


class Kept(Generic[C]):
    """What counting all live jobs gave, kept while they are so many that counting takes its time.

    However many people look, and however often, counting takes a tenth of one processor at most.
    """

    def __init__(self) -> None:
        self._found: list[C] = []
        self._until = 0.0
        self._counting = asyncio.Lock()

    async def rows(self, count: Callable[[], Awaitable[list[C]]]) -> list[C]:
        """What `count` gives, or gave a moment ago."""
        async with self._counting:
            began = time.monotonic()
            if began >= self._until:
                self._found = await count()
                seconds = time.monotonic() - began
                many = sum(row.jobs for row in self._found) >= MANY
                self._until = time.monotonic() + _REST * seconds if many else 0.0
            return self._found


def _rate(limits: claiming.QueueRow | None) -> tuple[int, float] | None:
    if limits is None or limits.rate_count is None or limits.rate_seconds is None:
        return None
    return limits.rate_count, limits.rate_seconds


def _share(queue: str, owner: UUID, rows: Mapping[str, reading.ShareRow]) -> QueueShare:
    ready, running = rows.get(JobState.READY.value), rows.get(JobState.RUNNING.value)
    return QueueShare(
        queue=queue,
        organization_id=owner,
        ready=ready.jobs if ready else 0,
        running=running.jobs if running else 0,
        oldest_ready=max(ready.oldest, 0) / SECOND if ready else None,
    )
