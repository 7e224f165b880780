"""A module with jobs of every sort, for the tests of this folder."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from backstay.kernel.database import UnitOfWork
from backstay.kernel.module import Module
from backstay.systems.jobs import Backoff, Job, JobContext, JobOptions, Schedule, handles


class Greet(Job, frozen=True):
    """Greets; a name of `nobody` fails."""

    kind: ClassVar[str] = "shop.greet"
    options: ClassVar[JobOptions] = JobOptions(queue="shop", max_attempts=2, backoff=Backoff(jitter=False))
    name: str
    api_token: str = ""


class Sum(Job, frozen=True):
    """Adds up what its parents returned."""

    kind: ClassVar[str] = "shop.sum"
    options: ClassVar[JobOptions] = JobOptions(queue="shop")


class Number(Job, frozen=True):
    """Returns its value."""

    kind: ClassVar[str] = "shop.number"
    options: ClassVar[JobOptions] = JobOptions(queue="shop", max_attempts=1)
    value: int
    once: bool = False

    def unique_key(self) -> str | None:
        return str(self.value) if self.once else None


class Chain(Job, frozen=True):
    """Enqueues the next of itself."""

    kind: ClassVar[str] = "shop.chain"
    options: ClassVar[JobOptions] = JobOptions(queue="shop")
    left: int

    def order_key(self) -> str | None:
        return "chain"


class Tidy(Job, frozen=True):
    """What the schedules run."""

    kind: ClassVar[str] = "shop.tidy"
    options: ClassVar[JobOptions] = JobOptions(queue="tidy")
    room: str


@handles(Greet)
async def greet(job: Greet) -> str:
    if job.name == "nobody":
        raise ValueError("whom? ask ann@example.com")
    return f"hello {job.name}"


@handles(Number)
async def number(job: Number) -> int:
    if job.value < 0:
        raise ValueError("too small")
    return job.value


@handles(Sum)
async def total(job: Sum, context: JobContext) -> int:
    return sum(int(result) for result in (await context.results()).values() if result is not None)


@handles(Chain)
async def chain(job: Chain, uow: UnitOfWork) -> None:
    if job.left:
        await Chain(left=job.left - 1).enqueue(uow)


@handles(Tidy)
async def tidy(job: Tidy) -> None:
    del job


HOURLY = Schedule(name="shop.hourly", cron="0 * * * *", job=Tidy(room="hall"))
NIGHTLY = Schedule(name="shop.nightly", cron="30 2 * * *", zone="Europe/Berlin", job=Tidy(room="attic"))
OFTEN = Schedule(
    name="shop.often",
    every=timedelta(seconds=10),
    overlap="allow",
    job=Tidy(room="shop"),
    catch_up=timedelta(minutes=1),
)

shop = Module(
    name="shop",
    summary="Sells nothing.",
    package=__package__ or "",
    requires=["jobs"],
    declares=[greet, number, total, chain, tidy, HOURLY, NIGHTLY, OFTEN],
)
