"""Looking at jobs on Redis: what people and the console ask, and what is replayed from there."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Raw

from backstay.systems.jobs.contracts import JobInfo, JobState, Transition
from backstay.systems.jobs.engines.redis import format as formats
from backstay.systems.jobs.engines.redis.scripts import Argument, Scripts
from backstay.systems.jobs.engines.views import JobPage, JobQuery, MinuteCount, QueueShare, QueueState

INDEXED: Final = frozenset(
    {
        JobState.SCHEDULED,
        JobState.WAITING,
        JobState.FAILED,
        JobState.PARKED,
        JobState.DEAD,
        JobState.CANCELLED,
    }
)
"""States whose jobs have an index of their own; others are found by walking an organization's jobs."""
ROOM: Final = 500
"""Jobs looked at in one call."""
ROUNDS: Final = 10
"""Calls for one page. Who looks for something rare goes on from page to page."""
RUNNING_SEEN: Final = 5000
"""Running jobs whose organizations are counted in one call."""
_STATES: Final = ("ready", "running", "scheduled", "waiting", "failed", "dead")


class Looking:
    """The half of the store that looks."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._settling: set[asyncio.Task[None]] = set()
        """Ends of claims whose units have committed, on their way to Redis."""

    async def _settled(self) -> None:
        """Who looks after a commit sees what it ended."""
        if self._settling:
            await asyncio.wait(self._settling)

    async def replay(
        self, organization_id: UUID, ids: Sequence[UUID], *, payload: Raw | None = None
    ) -> list[UUID]:
        """Make dead or cancelled jobs ready again with fresh attempts, in their old order.

        Raises:
            ValueError: a payload for more than one job.
        """
        if payload is not None and len(ids) != 1:
            raise ValueError("a payload replaces the arguments of one job only")
        arguments: list[Argument] = [
            organization_id.hex,
            b"" if payload is None else bytes(payload),
            *sorted(one.hex for one in ids),
        ]
        return [UUID(one.decode()) for one in await self._scripts.call("replay", arguments)]

    async def get(self, organization_id: UUID, job_id: UUID) -> JobInfo | None:
        """The job, live or finished, if that organization has it."""
        fields, _ = await self._read(job_id)
        if not fields or formats.organization_of(fields) != organization_id:
            return None
        return formats.info(job_id, fields)

    async def history(self, organization_id: UUID, job_id: UUID) -> list[Transition]:
        """Every step of a job's life, oldest first."""
        fields, kept = await self._read(job_id)
        if not fields or formats.organization_of(fields) != organization_id:
            return []
        return formats.steps(fields, kept)

    async def results(self, job_id: UUID) -> dict[UUID, bytes | None]:
        """The results of the jobs that this one depends on."""
        flat = await self._scripts.call("results", [job_id.hex])
        return {UUID(flat[at].decode()): flat[at + 1] for at in range(0, len(flat), 2)}

    async def find(self, organization_id: UUID, query: JobQuery) -> JobPage:
        """Jobs of an organization, newest first, among the next some thousands.

        Each call to Redis looks at 500, so that it serves others too.
        """
        states = ",".join(query.states)
        indexed = states if query.states and INDEXED.issuperset(query.states) else ""
        filters: list[Argument] = [
            states,
            query.queue or "",
            query.kind or "",
            query.schedule or "",
            query.order_key or "",
            query.flow_id.hex if query.flow_id else "",
            query.trace_id or "",
        ]
        items: list[JobInfo] = []
        await self._settled()
        after = query.after.hex if query.after else ""
        for left in reversed(range(ROUNDS)):
            wanted = query.limit + 1 - len(items)
            answer = await self._scripts.call(
                "find", [organization_id.hex, after, wanted, ROOM, indexed, *filters]
            )
            after = answer[0].decode()
            items += [
                formats.info(UUID(answer[at].decode()), formats.fields_of(answer[at + 1]))
                for at in range(1, len(answer), 2)
            ]
            if len(items) > query.limit:
                return JobPage(items[: query.limit], items[query.limit - 1].id)
            if not after or not left:
                break
        return JobPage(items, UUID(after) if after else None)

    async def queues(self) -> list[QueueState]:
        """Every queue that has jobs, is paused or limited, or of which a job has run."""
        counts, paused, limited, oldest, known = await self._scripts.call("queues", [])
        numbers: dict[str, dict[str, int]] = defaultdict(dict)
        for field, value in formats.fields_of(counts).items():
            state, _, queue = field.partition(":")
            numbers[queue][state] = int(value)
        stopped = {queue.decode() for queue in paused}
        limits = {
            queue: msgspec.msgpack.decode(packed) for queue, packed in formats.fields_of(limited).items()
        }
        for queue in (*stopped, *limits, *(queue.decode() for queue in known)):
            numbers.setdefault(queue, {})
        since: dict[str, int] = {}
        for at in range(0, len(oldest), 2):
            queue = oldest[at].decode()
            since[queue] = max(oldest[at + 1], since.get(queue, 0))
        return [
            QueueState(
                queue=queue,
                paused=queue in stopped,
                oldest_ready=since[queue] / formats.MICRO if queue in since else None,
                rate=_rate(*limits[queue][:2]) if queue in limits else None,
                concurrency=limits[queue][2] or None if queue in limits else None,
                **{state: of_queue.get(state, 0) for state in _STATES},
            )
            for queue, of_queue in sorted(numbers.items())
        ]

    async def shares(self, organization_id: UUID | None = None) -> list[QueueShare]:
        """What organizations have ready and running in each queue; of the running only the first."""
        only = "" if organization_id is None else organization_id.hex
        flat = await self._scripts.call("shares", [only, RUNNING_SEEN])
        found = [
            QueueShare(
                queue=flat[at].decode(),
                organization_id=UUID(flat[at + 1].decode()),
                ready=flat[at + 2],
                running=flat[at + 3],
                oldest_ready=None if flat[at + 4] < 0 else flat[at + 4] / formats.MICRO,
            )
            for at in range(0, len(flat), 5)
        ]
        return sorted(found, key=lambda one: (one.queue, one.organization_id))

    async def minutes(self, since: float) -> list[MinuteCount]:
        """What ended in each minute of the last `since` seconds, by queue."""
        flat = await self._scripts.call("minutes", [round(since * formats.MICRO)])
        counts: list[MinuteCount] = []
        for at in range(0, len(flat), 2):
            counts += _minute(formats.moment(flat[at] * 60 * formats.MICRO), formats.fields_of(flat[at + 1]))
        return counts

    async def _read(self, job_id: UUID) -> tuple[dict[str, bytes], list[bytes]]:
        await self._settled()
        found: list[Any] = await self._scripts.call("read", [job_id.hex])
        return formats.fields_of(found[0]), found[1]


def _rate(count: int, period: float) -> tuple[int, float] | None:
    return (count, period / formats.MICRO) if count else None


def _minute(minute: datetime, fields: dict[str, bytes]) -> list[MinuteCount]:
    numbers: dict[str, dict[str, int]] = defaultdict(dict)
    for field, value in fields.items():
        what, _, queue = field.partition(":")
        numbers[queue][what] = int(value)
    return [
        MinuteCount(
            minute=minute,
            queue=queue,
            completed=of_queue.get("completed", 0),
            failed=of_queue.get("failed", 0),
            dead=of_queue.get("dead", 0),
            stale=of_queue.get("stale", 0),
            wait=of_queue.get("wait", 0) / formats.MICRO,
            run=of_queue.get("run", 0) / formats.MICRO,
        )
        for queue, of_queue in sorted(numbers.items())
    ]
