"""Jobs for the worker's tests; what they do is told by signals, never by time."""

from __future__ import annotations

import asyncio
import os
from typing import Any, ClassVar

from backstay.kernel.database import UnitOfWork
from backstay.kernel.module import Module
from backstay.systems.jobs import Backoff, Job, JobContext, JobOptions, handles
from backstay.systems.jobs.service.declaring import JobHandler
from backstay.systems.jobs.service.probing import mark

GATES: dict[tuple[int, int], asyncio.Event] = {}
"""What `Slow` waits for, by its number and its fence."""
SEEN: list[tuple[Any, ...]] = []


class Add(Job, frozen=True):
    kind: ClassVar[str] = "kinds.add"
    a: int
    b: int


@handles(Add)
async def add(job: Add) -> int:
    return job.a + job.b


class Slow(Job, frozen=True):
    kind: ClassVar[str] = "kinds.slow"
    n: int


@handles(Slow)
async def slow(job: Slow, context: JobContext) -> None:
    me = (job.n, context.fence)
    gate = GATES[me] = asyncio.Event()
    SEEN.append(("begin", *me))
    try:
        await gate.wait()
        SEEN.append(("end", *me))
    except asyncio.CancelledError:
        SEEN.append(("cancelled", *me))
        raise


class Unencodable(Job, frozen=True):
    kind: ClassVar[str] = "kinds.unencodable"
    options: ClassVar[JobOptions] = JobOptions(max_attempts=1)


@handles(Unencodable)
async def unencodable(job: Unencodable) -> object:
    return object()


class Leaky(Job, frozen=True):
    kind: ClassVar[str] = "kinds.leaky"
    options: ClassVar[JobOptions] = JobOptions(max_attempts=1)


@handles(Leaky)
async def leaky(job: Leaky) -> None:
    raise ValueError("refused: Bearer abcdef123 for ann@example.com at postgresql://u:hunter2@h/db")


class Marking(Job, frozen=True):
    kind: ClassVar[str] = "kinds.marking"
    options: ClassVar[JobOptions] = JobOptions(max_attempts=3, backoff=Backoff(base=0.0))
    name: str
    fails: int


@handles(Marking)
async def marking(job: Marking, uow: UnitOfWork, context: JobContext) -> str:
    """Marks in every attempt, and fails in the first ones: their marks are rolled back."""
    await mark(uow, job.name, context.attempt)
    first = await context.once(uow, "told")
    if context.attempt <= job.fails:
        raise RuntimeError("not yet")
    return f"first: {first}"


class OnThread(Job, frozen=True):
    kind: ClassVar[str] = "kinds.on_thread"
    options: ClassVar[JobOptions] = JobOptions(runs_on="thread")
    n: int


@handles(OnThread)
def on_thread(job: OnThread) -> int:
    return job.n * 2


class InProcess(Job, frozen=True):
    kind: ClassVar[str] = "kinds.in_process"
    options: ClassVar[JobOptions] = JobOptions(runs_on="process", max_attempts=1)
    die: bool


@handles(InProcess)
def in_process(job: InProcess) -> int:
    if job.die:
        os._exit(3)
    return os.getpid()


class TooLong(Job, frozen=True):
    kind: ClassVar[str] = "kinds.too_long"
    options: ClassVar[JobOptions] = JobOptions(timeout=0.05, max_attempts=1)


@handles(TooLong)
async def too_long(job: TooLong) -> None:
    await asyncio.Event().wait()


HANDLERS: list[JobHandler[Any]] = [
    add,
    slow,
    unencodable,
    leaky,
    marking,
    on_thread,
    in_process,
    too_long,
]  # fmt: skip - a list to read
module = Module(
    name="kinds", summary="Kinds of jobs.", package=__package__ or "", requires=["jobs"], declares=HANDLERS
)
