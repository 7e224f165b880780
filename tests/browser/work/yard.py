"""A module whose jobs end as one asks, for the Work screen: it is served beside the house's own."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import ClassVar

from backstay.app import MODULES as HOUSE
from backstay.kernel.actor import Permission
from backstay.kernel.database import UnitOfWork
from backstay.kernel.http import Controller, JSONBody, Payload, post
from backstay.kernel.module import Module
from backstay.systems.jobs import Backoff, Flow, Job, JobContext, JobOptions, Receipt, Schedule, handles

STRENGTH = 10
"""Tons that the crane lifts; a heavier load fails."""


class Haul(Job, frozen=True):
    """Lifts a load."""

    kind: ClassVar[str] = "yard.haul"
    options: ClassVar[JobOptions] = JobOptions(queue="crane", max_attempts=2, backoff=Backoff(base=0.0))
    tons: int
    api_token: str = ""


class Tally(Job, frozen=True):
    """Adds up what was lifted."""

    kind: ClassVar[str] = "yard.tally"
    options: ClassVar[JobOptions] = JobOptions(queue="office")


class Watch(Job, frozen=True):
    """Stands watch until somebody says stop."""

    kind: ClassVar[str] = "yard.watch"
    options: ClassVar[JobOptions] = JobOptions(queue="watches", timeout=None)
    post: str


class Sweep(Job, frozen=True):
    """What the schedule enqueues."""

    kind: ClassVar[str] = "yard.sweep"
    options: ClassVar[JobOptions] = JobOptions(queue="brooms")


@handles(Haul)
async def haul(job: Haul) -> int:
    if job.tons > STRENGTH:
        raise ValueError(f"{job.tons} t are too heavy")
    return job.tons


@handles(Tally)
async def tally(job: Tally, context: JobContext) -> int:
    return sum(int(result) for result in (await context.results()).values() if result is not None)


@handles(Watch)
async def watch(job: Watch, context: JobContext) -> None:
    await context.progress(0.25)
    await asyncio.Event().wait()


@handles(Sweep)
async def sweep(job: Sweep) -> str:
    return "clean"


NEW_YEAR = Schedule(name="yard.new_year", cron="0 0 1 1 *", job=Sweep())
YARD = Permission("yard:use", "Use the yard")


class Loads(Payload, frozen=True):
    """What to lift."""

    tons: list[int]


class YardController(Controller):
    """Where the tests enqueue."""

    path: ClassVar[str] = "/yard"

    @post("/hauls", permission=YARD)
    async def hauls(self, uow: UnitOfWork, data: JSONBody[Loads]) -> list[Receipt]:
        """Lift loads, each by a job of its own."""
        return [await Haul(tons=each, api_token="hush").enqueue(uow) for each in data.tons]

    @post("/flow", permission=YARD)
    async def flow(self, uow: UnitOfWork, data: JSONBody[Loads]) -> list[Receipt]:
        """Lift loads, and tell how much they were together."""
        flow = Flow()
        flow.batch([Haul(tons=each) for each in data.tons], then=Tally())
        return (await flow.enqueue(uow)).jobs

    @post("/watch", permission=YARD)
    async def stand_watch(self, uow: UnitOfWork) -> Receipt:
        """Stand watch."""
        return await Watch(post="gate").enqueue(uow)


MODULES = [
    # Nothing of the house's happens by itself: every figure is the tests' own.
    *(
        replace(module, declares=[one for one in module.declares if not isinstance(one, Schedule)])
        for module in HOUSE
    ),
    Module(
        name="yard",
        summary="Lifts loads.",
        package=__package__ or "",
        requires=["jobs"],
        controllers=[YardController],
        permissions=[YARD],
        declares=[haul, tally, watch, sweep, NEW_YEAR],
    ),
]
