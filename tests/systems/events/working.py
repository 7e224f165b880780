"""What a worker process of the tests is composed of: the shop, and a job that only ends."""

from __future__ import annotations

from typing import ClassVar

from backstay.kernel.module import Module
from backstay.products.counter.module import module as counter
from backstay.systems.events.module import module as events
from backstay.systems.idempotency.module import module as idempotency
from backstay.systems.jobs import Job, JobOptions, handles
from backstay.systems.jobs.module import module as jobs
from tests.systems.events.shop import shop


class Mark(Job, frozen=True):
    """Shows, by its end, that the worker has got to it."""

    kind: ClassVar[str] = "working.mark"
    options: ClassVar[JobOptions] = JobOptions(queue="marks")


@handles(Mark)
async def mark(job: Mark) -> None:
    """Do nothing."""


MODULES = [
    idempotency,
    jobs,
    events,
    counter,
    shop,
    Module(name="working", summary="Marks.", package="tests.systems.events", declares=[mark]),
]
