"""What can go wrong between a statement and its rows, told apart by what the caller can do about it."""

from __future__ import annotations

from backstay.kernel.errors import BackstayError, BadRequest, Conflict, NotFound, Unavailable


class NoRow(NotFound):
    """`one` found nothing: not there, deleted, or another organization's."""


class LostRace(Conflict):
    """Another unit of work got there first; running the whole unit again may succeed.

    The edges retry it a bounded number of times, so a client sees this only when every try lost.
    """

    code = "lost_race"
    title = "Too many changes at once; try again"


class UniqueViolation(LostRace):
    """A unique key is taken. After a retry the service's own look-up finds the row and says so better."""

    code = "already_exists"
    title = "This already exists"


class ConstraintViolation(Conflict):
    """A foreign key, CHECK or NOT NULL refuses the change."""

    code = "constraint"
    title = "This contradicts what is stored"


class CommitFailed(BackstayError):
    """COMMIT was refused: nothing of the unit of work was stored."""

    code = "commit_failed"
    status = 503
    title = "Nothing was stored; try again"


class CommitUnknown(BackstayError):
    """The connection broke during COMMIT: it may or may not have been stored."""

    code = "commit_unknown"
    status = 503
    title = "The database did not confirm the change; read before trying again"


class DatabaseUnavailable(Unavailable):
    """The database cannot be reached, is full, or answers with a fault of its own."""

    code = "database_unavailable"
    title = "The database does not answer"


class OutOfRange(BadRequest):
    """A number or a moment is beyond what its column can hold."""

    code = "out_of_range"
    title = "A value is too large to be stored or looked for"


class BadCursor(BadRequest):
    """The cursor was not made by this list with this sort and these filters, or was changed."""

    code = "bad_cursor"
    title = "This cursor does not belong to this list"
