"""What can go wrong with notes, beyond what can go wrong with anything."""

from __future__ import annotations

from backstay.kernel.errors import Gone, NotFound, PreconditionFailed


class NoSuchNote(NotFound):
    """There is no such note, or it is somebody else's: the two are not told apart."""

    code = "no_such_note"
    title = "You have no such note"


class NoSuchTag(NotFound):
    """None of the actor's notes bears this tag."""

    code = "no_such_tag"
    title = "You have no such tag"


class NoSuchLink(NotFound):
    """The link was never made, was revoked, has expired, or its note was deleted: all look alike."""

    code = "no_such_link"
    title = "This link leads nowhere"


class StaleNote(PreconditionFailed):
    """The note was changed since it was read; `version` is the present one."""

    code = "stale_note"
    title = "The note was changed since you read it"


class UndeleteWindowOver(Gone):
    """The note was deleted too long ago to come back; it is about to be removed for good."""

    code = "undelete_window_over"
    title = "This note was deleted too long ago to be restored"
