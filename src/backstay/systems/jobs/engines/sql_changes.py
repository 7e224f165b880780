"""How jobs leave a state: one path for ends, failures, cancellations and rescues, in one transaction.

Whatever ends a job also moves on what depends on it (the line of its order key, its children,
its unique key), in the same commit; so a crash leaves nothing half done.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

from backstay.kernel.database import Statement, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.systems.jobs.contracts import JobError, JobState
from backstay.systems.jobs.engines.sql_rows import SECOND, error_text
from backstay.systems.jobs.engines.store import Outcome
from backstay.systems.jobs.queries import changing, lines
from backstay.systems.jobs.queries.rows import JobRow

T = TypeVar("T")
_MINUTE: Final = 60 * SECOND
PARENT_FAILED: Final = JobError("parent_failed", "a job that this one depends on did not end well")


class Changes:
    """Changes to locked jobs within one unit of work; `finish` writes them and what follows from them."""

    def __init__(self, uow: UnitOfWork, at: int | None, now: int) -> None:
        """`at` is what statements take for the present (None: the server's clock), `now` its value."""
        self._uow = uow
        self._at = at
        self.now = now
        self._rows: dict[UUID, JobRow] = {}
        self._steps: list[dict[str, Any]] = []
        self._counts: defaultdict[str, list[float]] = defaultdict(lambda: [0, 0, 0, 0, 0.0, 0.0])
        self._ended: list[JobRow] = []
        self.ready: set[str] = set()
        """Queues that may have got a ready job."""

    async def run(self, statement: Statement[Any], **given: Any) -> int:
        """A change; the present is given to those that ask for it."""
        return await self._uow.execute(statement, **self._arguments(statement, given))

    async def all(self, statement: Statement[T], **given: Any) -> list[T]:
        """Rows of a statement."""
        return await self._uow.all(statement, **self._arguments(statement, given))

    def _arguments(self, statement: Statement[Any], given: dict[str, Any]) -> dict[str, Any]:
        if "at" in statement.compiled(self._uow.dialect).parameters:
            given["at"] = self._at
        return given

    async def lock(self, ids: Iterable[UUID]) -> list[JobRow]:
        """The live or dead jobs of these ids, locked; lines first, so that two ends never wait in a ring."""
        wanted = [str(one) for one in ids]
        keys = {
            (row.organization_id, row.order_key)
            for row in await self.all(changing.READ_ROWS, ids=wanted)
            if row.order_key is not None
        }
        for organization, key in sorted(keys, key=str):
            await self.run(lines.LOCK_LINE, name=line_name(organization, key))
        return await self.all(changing.LOCK_ROWS, ids=wanted)

    def note(self, row: JobRow, note: str, error: JobError | None = None, worker: str | None = None) -> None:
        """Write a step of a job's life down."""
        self._steps.append(
            {
                "id": uuid7(),
                "job_id": row.id,
                "at": self.now,
                "state": row.state,
                "attempt": row.attempt,
                "worker": worker,
                "error": error_text(error),
                "note": note,
            }
        )

    def _leave_running(self, row: JobRow) -> str | None:
        """Write the claim down that is about to end otherwise than well; returns whose it was."""
        if row.state == JobState.RUNNING and row.started_at is not None:
            self._steps.append(
                {
                    "id": uuid7(),
                    "job_id": row.id,
                    "at": row.started_at,
                    "state": JobState.RUNNING.value,
                    "attempt": row.attempt,
                    "worker": row.worker,
                    "error": None,
                    "note": "claimed",
                }
            )
        return row.worker

    def stale(self, queue: str) -> None:
        """Count a write whose lease was no longer its job's."""
        self._counts[queue][3] += 1

    def settle(self, row: JobRow, outcome: Outcome) -> None:
        """End a claim as its worker says."""
        count = self._counts[row.queue]
        if outcome.to in (JobState.COMPLETED, JobState.DEAD, JobState.CANCELLED, JobState.FAILED):
            started = row.started_at or self.now
            count[4] += max(started - row.due_at, 0) / SECOND
            count[5] += max(self.now - started, 0) / SECOND
        if outcome.to is JobState.COMPLETED:
            count[0] += 1
            row.result = None if outcome.result is None else outcome.result.decode()
            row.error = None
            self._end(row, JobState.COMPLETED)
            return
        worker = self._leave_running(row)
        if outcome.to in (JobState.DEAD, JobState.FAILED):
            count[1] += 1
        if outcome.to in (JobState.DEAD, JobState.CANCELLED):
            self.end_badly(row, outcome.to, outcome.error, outcome.note, worker)
            return
        self.note_as(row, outcome.to, outcome.note, outcome.error, worker)
        if not outcome.spent:
            row.attempt -= 1
        self._rest(row, outcome)

    def note_as(
        self, row: JobRow, state: JobState, note: str, error: JobError | None, worker: str | None
    ) -> None:
        """Put a job into a state and write it down."""
        row.state = state.value
        self.note(row, note, error, worker)

    def _rest(self, row: JobRow, outcome: Outcome) -> None:
        """Out of the worker's hands, and again ready or due later."""
        row.lease_until, row.worker, row.progress, stopping = None, None, None, row.stop
        row.error = error_text(outcome.error) or row.error
        if stopping:
            self.end_badly(row, JobState.CANCELLED, outcome.error, "cancelled", None)
            return
        row.run_at = self.now + round(outcome.delay * SECOND)
        if outcome.to is JobState.READY:
            row.due_at = self.now
            self.ready.add(row.queue)
        else:
            row.due_at = row.run_at
        self._rows[row.id] = row

    def crash(self, row: JobRow) -> bool:
        """Take a job back from a worker whose lease ran out; False when it had crashed too often."""
        worker = self._leave_running(row)
        row.crashes += 1
        row.attempt -= 1
        error = JobError("crashed", f"the lease of worker {worker} ran out")
        if row.crashes >= row.max_crashes:
            row.attempt += 1
            self.end_badly(row, JobState.DEAD, error, "crashed too often", worker)
            return False
        self.note_as(row, JobState.READY, "lease expired", error, worker)
        self._rest(row, Outcome(key=None, to=JobState.READY, error=error))  # type: ignore[arg-type]  # no claim ends here
        return True

    def end_badly(
        self, row: JobRow, state: JobState, error: JobError | None, note: str, worker: str | None
    ) -> None:
        """A dead letter, or a cancelled job."""
        if state is JobState.DEAD:
            self._counts[row.queue][2] += 1
        row.error = error_text(error) or row.error
        self._end(row, state)
        self.note(row, note, error, worker)

    def _end(self, row: JobRow, state: JobState) -> None:
        row.state = state.value
        row.ended_at = self.now
        row.prune_at = self.now + round(row.retain * SECOND)
        row.lease_until = None
        row.stop = False
        self._rows[row.id] = row
        self._ended.append(row)

    def write(self, row: JobRow) -> None:
        """Keep a change that was made to a row by hand."""
        self._rows[row.id] = row

    async def finish(self) -> None:
        """Write everything, and move on what waited for the jobs that ended."""
        keys: set[tuple[UUID, str]] = set()
        while self._rows:
            rows, ended = list(self._rows.values()), self._ended
            self._rows, self._ended = {}, []
            await self._uow.execute_many(changing.WRITE, [_fields(row) for row in rows])
            gone = [str(row.id) for row in ended if row.state != JobState.DEAD]
            if gone:
                await self.run(changing.MOVE, ids=gone)
                await self.run(changing.REMOVE, ids=gone)
            keys |= {(r.organization_id, r.order_key) for r in rows if r.order_key is not None}
            for row in ended:
                await self._after_end(row)
        for organization, key in sorted(keys, key=str):
            await self.refresh_line(organization, key)
        await self._uow.execute_many(changing.STEP, self._steps)
        self._steps = []
        await self._write_counts()

    async def _write_counts(self) -> None:
        minute = self.now // _MINUTE * _MINUTE
        names = ("completed", "failed", "dead", "stale", "wait", "run")
        for queue, counted in sorted(self._counts.items()):
            await self.run(
                changing.COUNT, minute=minute, queue=queue, **dict(zip(names, counted, strict=True))
            )
        self._counts.clear()

    async def _after_end(self, row: JobRow) -> None:
        if not row.linked:
            return
        if row.unique_key is not None:
            key = {"organization": row.organization_id, "key": row.unique_key, "job": row.id}
            await self.run(changing.DROP_KEY if row.unique_for is None else changing.END_KEY, **key)
        children = await self.all(changing.END_EDGES, id=row.id)
        if not children:
            return
        well, free = row.state == JobState.COMPLETED, []
        for child in await self.all(changing.LOCK_ROWS, ids=[str(one) for one in children]):
            child = self._rows.get(child.id, child)  # noqa: PLW2901 - it may be changed already, and not yet written
            if child.state not in (JobState.WAITING, JobState.PARKED):
                continue
            if not well and child.on_parent_failure == "cancel":
                self.end_badly(child, JobState.CANCELLED, PARENT_FAILED, "parent failed", None)
                continue
            child.parents -= 1
            if child.parents == 0 and child.order_key is None:
                free.append(child)
            self._rows[child.id] = child
        for child in free:
            self.start(child)

    def start(self, row: JobRow) -> None:
        """Nothing is left to wait for: ready, or due later."""
        row.state = JobState.SCHEDULED.value if row.run_at > self.now else JobState.READY.value
        row.due_at = max(row.run_at, self.now)
        self.ready.add(row.queue)
        self._rows[row.id] = row

    async def refresh_line(self, organization: UUID, key: str) -> None:
        """Let the head of an order key's line go on, unless a dead job stands before it."""
        whose: dict[str, Any] = {"organization": organization, "key": key}
        (line,) = await self.all(lines.LINE, **whose)
        if line.failure is not None:
            if line.failure == "park":
                await self.run(lines.LINE_PARK, **whose)
            return
        if line.parked:
            await self.run(lines.LINE_UNPARK, **whose)
        if not line.active and line.head is not None and line.parents == 0:
            await self.run(lines.START, ids=[str(line.head)])
            self.ready.add("")


def line_name(organization: UUID, key: str) -> str:
    """The name under which a line's places are numbered."""
    return f"{organization}:{key}"


def _fields(row: JobRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in changing.FIELDS}


def ids_of(rows: Sequence[JobRow]) -> list[str]:
    """Ids as list parameters take them."""
    return [str(row.id) for row in rows]
