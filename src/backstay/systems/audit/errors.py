"""What can go wrong with records, beyond what can go wrong with anything."""

from __future__ import annotations

from backstay.kernel.errors import NotFound


class NoSuchRecord(NotFound):
    """There is no such record, it was pruned, or it is another organization's."""

    code = "no_such_record"
    title = "There is no such record"
