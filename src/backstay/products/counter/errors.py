"""What a counter refuses."""

from __future__ import annotations

from backstay.kernel.errors import Conflict, NotFound, PreconditionFailed


class NoSuchCounter(NotFound):
    """No counter of this name; the first move makes it."""

    code = "counter_not_found"
    title = "There is no such counter"


class CounterOutOfRange(Conflict):
    """The move would take the counter beyond what JSON numbers carry exactly."""

    code = "counter_out_of_range"
    title = "The counter cannot go that far"


class CounterChanged(PreconditionFailed):
    """The counter was moved since the version in `If-Match`; the problem tells the present one."""

    code = "counter_changed"
    title = "The counter was moved since you read it"
