"""What wishlists refuse."""

from __future__ import annotations

from backstay.kernel.errors import Conflict, NotFound, PreconditionFailed


class NoSuchWishlist(NotFound):
    """The shopper has none with this id in this shop."""

    code = "wishlist_not_found"
    title = "There is no such list"


class NotOnTheList(NotFound):
    """The variant is not on the list."""

    code = "not_on_the_list"
    title = "This is not on the list"


class NoSuchLink(NotFound):
    """The link never was, or has ended."""

    code = "wishlist_link_not_found"
    title = "There is no such link"


class StaleWishlist(PreconditionFailed):
    """It was changed since it was read; `version` is the present one."""

    code = "stale_wishlist"
    title = "The list was changed since you read it"


class NameTaken(Conflict):
    """Another list of the shopper's in this shop is called so."""

    code = "wishlist_name_taken"
    title = "Another list of yours is called so"


class ListFull(Conflict):
    """There would be more lists, or more on one, than there may be; `most` says how many."""

    code = "wishlist_full"
    title = "There is no more room"
