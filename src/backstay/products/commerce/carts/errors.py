"""What carts refuse."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from backstay.kernel.errors import Conflict, Invalid, NotFound, Unauthenticated
from backstay.products.commerce.carts.contracts import LineDifference


class NoSuchCart(NotFound):
    """There is none with this id, its time is over, or it is not the asker's."""

    code = "cart_not_found"
    title = "There is no such cart"


class CartChanged(Conflict):
    """It is not what the shopper saw: `lines` tells what differs, `version` what it is now."""

    code = "cart_changed"
    title = "The cart changed since you saw it"

    def __init__(
        self,
        version: int,
        lines: Sequence[LineDifference],
        *,
        total: int | None = None,
        due: int | None = None,
    ) -> None:
        told = {"version": version, "lines": msgspec.to_builtins(list(lines))}
        sums = {"total": total, "due": due}
        super().__init__(**told, **{name: one for name, one in sums.items() if one is not None})


class CartCompleted(Conflict):
    """An order was made of it; `order_id` says which."""

    code = "cart_completed"
    title = "This cart was bought already"

    def __init__(self, order_id: UUID | None) -> None:
        super().__init__(order_id=str(order_id))


class CartMerged(Conflict):
    """It is in its owner's other cart; `cart_id` says which."""

    code = "cart_merged"
    title = "This cart is in another one"

    def __init__(self, cart_id: UUID | None) -> None:
        super().__init__(cart_id=str(cart_id))


class CartFull(Conflict):
    """It would hold more lines, codes or units than a cart may."""

    code = "cart_full"
    title = "The cart cannot hold more"


class NotForSale(Invalid):
    """Something is not for sale in this shop and this currency now; `errors` names it."""

    code = "not_for_sale"
    title = "This is not for sale"


class SignInToMerge(Unauthenticated):
    """A guest's cart becomes that of whoever is signed in."""

    code = "sign_in_to_merge"
    title = "Sign in first"
