"""What drops refuse."""

from __future__ import annotations

from backstay.kernel.errors import Conflict, NotFound, PreconditionFailed


class NoSuchDrop(NotFound):
    """The shop has none with this id."""

    code = "drop_not_found"
    title = "There is no such drop"


class NoSuchPlace(NotFound):
    """The token is of no place in this drop, or the place is another account's."""

    code = "place_not_found"
    title = "There is no such place"


class StaleDrop(PreconditionFailed):
    """It was changed since it was read; `version` is the present one."""

    code = "stale_drop"
    title = "The drop was changed since you read it"


class DropBegun(Conflict):
    """It opened, or was closed; those who joined rely on its terms."""

    code = "drop_begun"
    title = "The drop has begun"


class DropClosed(Conflict):
    """Its time is over."""

    code = "drop_closed"
    title = "The drop is closed"


class VariantInDrop(Conflict):
    """Some are in another drop that is not closed; `variants` names them."""

    code = "variant_in_drop"
    title = "Another drop has this already"
