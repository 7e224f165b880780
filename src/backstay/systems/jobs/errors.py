"""What can go wrong with a job before and while it runs."""

from __future__ import annotations

from backstay.kernel.errors import BackstayError, Conflict, NotFound, Unavailable


class StaleLease(Conflict):
    """The job is another worker's by now, or nobody's: the unit of work that would end it must roll back."""

    code = "stale_lease"
    title = "This claim of the job is over"


class Snooze(Exception):
    """Not a failure: what the job needs is away, and it comes again without having used up an attempt."""

    def __init__(self, seconds: float, note: str) -> None:
        """Come again after `seconds`; `note` tells people why, in the job's history."""
        super().__init__(note)
        self.seconds = seconds
        self.note = note


class UnknownParent(NotFound):
    """A job depends on one that its organization does not have (any more)."""

    code = "unknown_parent"
    title = "A job that this one depends on does not exist"


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


class UnknownKind(Conflict):
    """No module of this deployment handles the job's kind, so that its arguments cannot be judged."""

    code = "unknown_kind"
    title = "Nothing here handles this kind of job"


class NoSuchSchedule(NotFound):
    """No module declares a schedule of this name."""

    code = "no_such_schedule"
    title = "There is no such schedule"


class ProbeFailed(BackstayError):
    """A probe's attempt that was asked to fail."""

    code = "probe_failed"
    title = "This attempt was to fail"
