"""Flows: jobs that wait for each other, enqueued together, with results that those behind can read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from msgspec import Struct, structs

from backstay.kernel.database import UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.systems.jobs.contracts import Receipt
from backstay.systems.jobs.service.asking import Given
from backstay.systems.jobs.service.declaring import Job, keep


class Step(Struct, frozen=True):
    """A job of a flow, before it is enqueued."""

    id: UUID
    """The id it will have: give it to a later job's arguments, to find its result among `context.results()`.

    But a job whose unique key is taken is not made; then the flow goes on behind the one that has the key.
    """
    job: Job
    after: tuple[Step, ...]
    given: Given
    depth: int


class FlowReceipt(Struct, frozen=True):
    """What enqueueing a flow gives back."""

    id: UUID
    """`flow_id` of its jobs."""
    jobs: list[Receipt]
    """In the order in which they were added."""


class Flow:
    """Jobs that wait for each other. Rings cannot be made: a job only waits for those added before it.

    ```python
    flow = Flow()
    parts = [flow.add(Resize(image=image)) for image in images]
    flow.add(Publish(gallery=gallery), after=parts)
    await flow.enqueue(uow)
    ```
    """

    def __init__(self) -> None:
        """An empty one."""
        self.id = uuid7()
        self._steps: list[Step] = []

    def add(
        self,
        job: Job,
        *,
        after: Iterable[Step] = (),
        on_failure: Literal["cancel", "run"] = "cancel",
        delay: timedelta | float = 0.0,
        at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
    ) -> Step:
        """Add a job.

        Args:
            job: its arguments.
            after: jobs of this flow that must have ended first.
            on_failure: when one of them ends badly: cancel this one and those behind it, or run it anyway.
            delay: how long it waits at least, from the flow's enqueueing; seconds if a number.
            at: the moment to wait for instead.
            priority: 0 first, 9 last; the kind's own when not given.
            queue: the kind's own when not given.

        Raises:
            ValueError: `after` names a job of another flow.
        """
        before = tuple(after)
        known = {step.id for step in self._steps}
        if any(step.id not in known for step in before):
            raise ValueError("a job can only wait for jobs that were added to the same flow")
        given = Given(
            delay=delay, at=at, priority=priority, queue=queue, on_parent_failure=on_failure, flow_id=self.id
        )
        depth = 1 + max((step.depth for step in before), default=-1)
        step = Step(uuid7(), job, before, given, depth)
        self._steps.append(step)
        return step

    def batch(
        self, jobs: Iterable[Job], then: Job, *, on_failure: Literal["cancel", "run"] = "cancel"
    ) -> Step:
        """Add any number of jobs that run side by side, and one that runs when all of them have ended."""
        return self.add(then, after=[self.add(job) for job in jobs], on_failure=on_failure)

    async def enqueue(self, uow: UnitOfWork) -> FlowReceipt:
        """Enqueue all of it in the unit's commit; a rollback leaves none.

        Raises:
            ValueError: the flow is empty.
        """
        if not self._steps:
            raise ValueError("an empty flow: add jobs to it first")
        receipts: dict[UUID, Receipt] = {}
        for level in self._levels():
            made = await keep(uow, [self._asked(step, receipts) for step in level])
            receipts |= {step.id: receipt for step, receipt in zip(level, made, strict=True)}
        return FlowReceipt(self.id, [receipts[step.id] for step in self._steps])

    def _levels(self) -> Sequence[Sequence[Step]]:
        """What can be enqueued in one call: all, unless a unique key may put another job in one's place."""
        if not any(step.job.unique_key() for step in self._steps):
            return [self._steps]
        depths = range(1 + max(step.depth for step in self._steps))
        return [[step for step in self._steps if step.depth == depth] for depth in depths]

    @staticmethod
    def _asked(step: Step, receipts: dict[UUID, Receipt]) -> tuple[Job, Given, UUID]:
        parents = [receipts[one.id].id if one.id in receipts else one.id for one in step.after]
        return step.job, structs.replace(step.given, depends_on=parents), step.id
