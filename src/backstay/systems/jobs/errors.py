"""What can go wrong with a job before and while it runs."""

from __future__ import annotations

from backstay.kernel.errors import Conflict, NotFound, Unavailable


class StaleLease(Conflict):
    """The job is another worker's by now, or nobody's: the unit of work that would end it must roll back."""

    code = "stale_lease"
    title = "This claim of the job is over"


class UnknownParent(NotFound):
    """A job depends on one that its organization does not have (any more)."""

    code = "unknown_parent"
    title = "A job that this one depends on does not exist"


class StoreUnavailable(Unavailable):
    """The jobs' own server cannot be reached, or takes no more; trying again may help."""

    code = "jobs_unavailable"
    title = "The jobs' server does not answer"
