"""Jobs for the worker's tests; what they do is told by signals, never by time."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path
from typing import Any, ClassVar

from backstay.kernel.database import UnitOfWork
from backstay.kernel.module import Module
from backstay.systems.idempotency.module import module as idempotency
from backstay.systems.jobs import Backoff, Job, JobContext, JobOptions, Snooze, Stop, handles
from backstay.systems.jobs.module import module as jobs_module
from backstay.systems.jobs.service.handling import JobHandler
from backstay.systems.jobs.service.probing import mark

GATES: dict[tuple[int, int], asyncio.Event] = {}
"""What `Slow` waits for, by its number and its fence."""
WORKS = threading.Event()
"""Set when `Flaky` is to end well."""
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


KEPT: list[int] = []
"""Jobs that a sweep took back, of each look at the leases while `Burn` held the loop."""
LOOKS = threading.Event()
"""Set when there were enough of them."""


class Burn(Job, frozen=True):
    kind: ClassVar[str] = "kinds.burn"


@handles(Burn)
async def burn(job: Burn) -> None:
    # A bad handler: the event loop stands still meanwhile, for two leases.
    LOOKS.wait(15)


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
    await mark(uow, job.name, context.attempt, uow.now(), uow.now())
    first = await context.once(uow, "told")
    if context.attempt <= job.fails:
        raise RuntimeError("not yet")
    return f"first: {first}"


class Snoozing(Job, frozen=True):
    kind: ClassVar[str] = "kinds.snoozing"
    options: ClassVar[JobOptions] = JobOptions(max_attempts=1)
    name: str


@handles(Snoozing)
async def snoozing(job: Snoozing, uow: UnitOfWork, context: JobContext) -> str:
    """Marks every time, and comes again twice: those marks are rolled back."""
    await mark(uow, job.name, context.attempt, uow.now(), uow.now())
    first = await context.once(uow, "told")
    SEEN.append(("attempt", context.attempt))
    if len(SEEN) < 3:
        raise Snooze(0.0, "the printer is away")
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


class Stuck(Job, frozen=True):
    """Never ends, and says in a file that it has begun."""

    kind: ClassVar[str] = "kinds.stuck"
    options: ClassVar[JobOptions] = JobOptions(runs_on="thread", timeout=None)
    begun: str


@handles(Stuck)
def stuck(job: Stuck) -> None:
    stand_still(job.begun, "")


def stand_still(begun: str, until: str) -> None:
    """Say that it has begun, and hold the thread until a file is there."""
    Path(begun).touch()
    while not (until and Path(until).exists()):
        threading.Event().wait(0.01)


class Blocking(Job, frozen=True):
    """Blocks the worker's event loop until a file is there, or for ever."""

    kind: ClassVar[str] = "kinds.blocking"
    options: ClassVar[JobOptions] = JobOptions(timeout=None)
    begun: str
    until: str = ""


@handles(Blocking)
async def blocking(job: Blocking) -> None:
    stand_still(job.begun, job.until)


class Flaky(Job, frozen=True):
    """Fails until `WORKS` is set."""

    kind: ClassVar[str] = "kinds.flaky"
    options: ClassVar[JobOptions] = JobOptions(max_attempts=1000, backoff=Backoff(base=0.0))
    n: int


@handles(Flaky)
async def flaky(job: Flaky) -> None:
    if not WORKS.is_set():
        raise RuntimeError("not at present")
    SEEN.append(("ended", job.n))


class Independent(Job, frozen=True):
    """Always fails, which says nothing of others."""

    kind: ClassVar[str] = "kinds.independent"
    options: ClassVar[JobOptions] = JobOptions(max_attempts=3, backoff=Backoff(base=0.0), breaker=False)
    n: int


@handles(Independent)
async def independent(job: Independent) -> None:
    raise RuntimeError("its own fault")


class Looking(Job, frozen=True):
    """Works on a thread until it is told to end."""

    kind: ClassVar[str] = "kinds.looking"
    options: ClassVar[JobOptions] = JobOptions(runs_on="thread")
    n: int


class Hurried(Job, frozen=True):
    """As `Looking`, with little time."""

    kind: ClassVar[str] = "kinds.hurried"
    options: ClassVar[JobOptions] = JobOptions(runs_on="thread", timeout=0.1, max_attempts=1)
    n: int


def look(n: int, stop: Stop) -> None:
    SEEN.append(("begin", n))
    while not stop.wait(0.01):
        assert not stop.requested
    SEEN.append(("told", n))


@handles(Looking)
def looking(job: Looking, stop: Stop) -> None:
    look(job.n, stop)


@handles(Hurried)
def hurried(job: Hurried, stop: Stop) -> None:
    look(job.n, stop)


HANDLERS: list[JobHandler[Any]] = [
    add,
    slow,
    burn,
    unencodable,
    leaky,
    marking,
    snoozing,
    on_thread,
    in_process,
    too_long,
    stuck,
    blocking,
    flaky,
    independent,
    looking,
    hurried,
]  # fmt: skip - a list to read
module = Module(
    name="kinds", summary="Kinds of jobs.", package=__package__ or "", requires=["jobs"], declares=HANDLERS
)
MODULES = [idempotency, jobs_module, module]
"""What `backstay worker` runs in a process of its own."""
