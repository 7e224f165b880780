"""What a shop refuses."""

from __future__ import annotations

from backstay.kernel.errors import Conflict, NotFound, PreconditionFailed


class NoSuchShop(NotFound):
    """There is none of this name, it is closed, or it is another organization's to manage."""

    code = "shop_not_found"
    title = "There is no such shop"


class SlugTaken(Conflict):
    """A shop of this deployment, maybe of another organization, has this name in addresses."""

    code = "shop_slug_taken"
    title = "Another shop has this address"


class StaleShop(PreconditionFailed):
    """It was changed since it was read; `version` is the present one."""

    code = "stale_shop"
    title = "The shop was changed since you read it"


class NoSuchMethod(NotFound):
    """The shop has no such way of shipping."""

    code = "shipping_method_not_found"
    title = "There is no such way of shipping"
