"""What events refuse."""

from __future__ import annotations

from backstay.kernel.errors import Conflict, Gone, NotFound


class StreamMoved(Conflict):
    """The stream got another event since it was read; the problem tells the `version` it is at."""

    code = "stream_moved"
    title = "Something else happened to it since you read it"


class NoSuchEvent(NotFound):
    """The log holds no such event of this organization."""

    code = "event_not_found"
    title = "There is no such event"


class NoSuchSubscription(NotFound):
    """No composed module declares it."""

    code = "subscription_not_found"
    title = "There is no such subscription"


class NoSuchReplay(NotFound):
    """This organization started none with this number."""

    code = "replay_not_found"
    title = "There is no such replay"


class NoSuchProjection(NotFound):
    """No composed module declares it."""

    code = "projection_not_found"
    title = "There is no such projection"


class PositionGone(Gone):
    """Events at or after that position were removed when their days were over."""

    code = "position_gone"
    title = "The log does not reach that far back any more"
