"""What can go wrong with jobs."""

from __future__ import annotations

from backstay.kernel.errors import BackstayError, Conflict, NotFound, Unavailable


class StaleLease(Conflict):
    """The job is in another worker's hands by now: whatever this one did for it is undone."""

    code = "stale_lease"
    title = "This job is no longer held here"


class NoSuchJob(NotFound):
    """There is no such job in this organization, or its days are over."""

    code = "no_such_job"
    title = "There is no such job"


class NotReplayable(Conflict):
    """Only dead and cancelled jobs can be run again."""

    code = "not_replayable"
    title = "This job has not ended badly"


class BadArguments(BackstayError):
    """The arguments do not fit the job's kind."""

    code = "bad_arguments"
    status = 422
    title = "These are no arguments of this kind of job"


class StoreUnavailable(Unavailable):
    """The jobs' own server cannot be reached, or takes no more; trying again may help."""

    code = "jobs_unavailable"
    title = "The jobs' server does not answer"
