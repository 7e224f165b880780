"""The settings of the jobs system."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from backstay.kernel.settings import SECONDS


class JobsSettings(Struct, frozen=True, kw_only=True):
    """Who runs jobs, how many at once, and how long a worker may be silent."""

    url: Annotated[
        str,
        Meta(
            description="`redis://user:password@host:6379/0?prefix=backstay` (`rediss:` for TLS) "
            "to run jobs on Redis; when not set, they live in the database.",
            extra={"variable": "JOBS_URL"},
        ),
    ] = ""
    embedded: Annotated[bool, Meta(description="Run jobs inside `backstay serve` too.")] = True
    schedules: Annotated[
        bool,
        Meta(
            description="Fire schedules in this process; any number may, a tick is fired once all the same."
        ),
    ] = True
    ticking: Annotated[
        bool,
        Meta(description="Enqueue a probe every second by the schedule `jobs.tick`, to see schedules work."),
    ] = False
    queues: Annotated[
        tuple[str, ...],
        Meta(description="The queues that a worker serves; none: every queue of a declared kind."),
    ] = ()
    concurrency: Annotated[int, Meta(ge=1, le=1000, description="Jobs that a worker runs at once.")] = 16
    prefetch: Annotated[
        int,
        Meta(
            ge=0, le=1000, description="Jobs that a worker takes beyond those it runs, to have them at hand."
        ),
    ] = 16
    lease: Annotated[
        float,
        Meta(
            ge=1, extra=SECONDS, description="How long a worker may be silent before its jobs are another's."
        ),
    ] = 30.0
    poll: Annotated[
        float,
        Meta(gt=0, extra=SECONDS, description="How often a worker looks for jobs when nobody wakes it."),
    ] = 1.0
    soft_deadline: Annotated[
        float, Meta(ge=0, extra=SECONDS, description="How long running jobs may go on after SIGTERM.")
    ] = 20.0
    hard_deadline: Annotated[
        float, Meta(ge=0, extra=SECONDS, description="How long after that they have to end what they do.")
    ] = 5.0
