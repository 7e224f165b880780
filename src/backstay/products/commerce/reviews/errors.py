"""What reviews refuse."""

from __future__ import annotations

from backstay.kernel.errors import Conflict, NotFound, PreconditionFailed


class NoSuchReview(NotFound):
    """The shop has none with this id, or the asker does not see it."""

    code = "review_not_found"
    title = "There is no such review"


class StaleReview(PreconditionFailed):
    """It was changed since it was read; `version` is the present one."""

    code = "stale_review"
    title = "The review was changed since you read it"


class AlreadyReviewed(Conflict):
    """The line was reviewed before; `review_id` says where. Change that one."""

    code = "already_reviewed"
    title = "You have reviewed this already"


class NotReviewable(Conflict):
    """Nothing of the line was sent, or all of it came back or was refunded."""

    code = "not_reviewable"
    title = "This cannot be reviewed"


class ReviewWithdrawn(Conflict):
    """What it is about was refunded: it is shown no more, and nobody changes that."""

    code = "review_withdrawn"
    title = "The review was withdrawn"


class OwnVote(Conflict):
    """It is the asker's own."""

    code = "own_review"
    title = "It is your own review"
