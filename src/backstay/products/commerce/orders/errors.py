"""What orders refuse."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from backstay.kernel.errors import BackstayError, Conflict, Forbidden, NotFound, PreconditionFailed


class NoSuchOrder(NotFound):
    """The shop has no such order, or it is not the asker's."""

    code = "order_not_found"
    title = "There is no such order"


class OrderState(Conflict):
    """That cannot happen to an order in this `status`; `moves` says what can."""

    code = "order_state"
    title = "The order is beyond that"


class StaleOrder(PreconditionFailed):
    """Something happened to it since it was read; `version` is the present one."""

    code = "stale_order"
    title = "The order was changed since you read it"


class NotReady(BackstayError):
    """Something is missing that an order needs; `missing` names all of it."""

    code = "cart_not_ready"
    status = 422
    title = "The cart cannot become an order yet"


class NotYourTurn(Forbidden):
    """Some of it is sold in turn, and it is not the buyer's; `refused` names each variant and its drop."""

    code = "not_your_turn"
    title = "It is not your turn yet"

    def __init__(self, refused: Mapping[UUID, UUID]) -> None:
        super().__init__(
            refused=[
                {"variant_id": str(variant), "drop_id": str(drop)}
                for variant, drop in sorted(refused.items())
            ]
        )
        self.drops = tuple(sorted(set(refused.values())))


class RefundTooLarge(Conflict):
    """More than is there to be given back; `refundable` says how much is, in minor units."""

    code = "refund_too_large"
    title = "There is not so much to give back"


class QuantityTooLarge(Conflict):
    """More units than there are for that; `lines` says of which lines there are how many."""

    code = "quantity_too_large"
    title = "There are not so many units"


class NotEditable(Conflict):
    """What was refunded, sent or ended cannot be edited any more."""

    code = "order_not_editable"
    title = "The order cannot be edited any more"


class TotalChanged(Conflict):
    """The edit comes to another total than was expected; `total` is what it comes to now."""

    code = "edit_total_changed"
    title = "The edit comes to another total"


class NoSuchFulfilment(NotFound):
    """The order has no such parcel."""

    code = "fulfilment_not_found"
    title = "There is no such parcel"


class CannotReinstate(Conflict):
    """Money came late, and the order cannot be what it was; says why."""

    code = "order_not_reinstatable"
    title = "The order cannot be taken up again"
