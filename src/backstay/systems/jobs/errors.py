"""What the jobs system refuses."""

from __future__ import annotations

from backstay.kernel.errors import Conflict


class StaleLease(Conflict):
    """The job is another worker's by now: whatever this one wrote must not be kept."""

    code = "stale_lease"
    title = "The job's lease was lost"
