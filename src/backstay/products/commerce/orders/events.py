"""What happens to orders, for other modules: each tells the order as it is then, as far as sums go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from msgspec import Struct
from typing_extensions import override

from backstay.kernel.event import Event


class LineTold(Struct, frozen=True, kw_only=True):
    """A line, as far as others reckon with it."""

    line_id: str
    product_id: UUID
    variant_id: UUID
    quantity: int
    total: int
    """Minor units, with tax and after discounts."""


class OrderEventTold(Event, frozen=True, kw_only=True):
    """Something happened to an order."""

    order_id: UUID
    shop_id: UUID
    number: str
    customer_id: UUID | None
    currency: str
    total: int
    paid: int
    """What came in all."""
    refunded: int
    """What went back, or is on its way."""
    placed_at: datetime
    at: datetime | None = None
    """When it happened, where that was before it was told; None for now."""

    @override
    def subject(self) -> str:
        """The order: its events are told in their order."""
        return str(self.order_id)


class OrderPlaced(OrderEventTold, frozen=True, kw_only=True):
    """A cart became an order, and its stock is reserved."""

    type: ClassVar[str] = "orders.order_placed"
    lines: list[LineTold]


class OrderPaid(OrderEventTold, frozen=True, kw_only=True):
    """All that it costs is there."""

    type: ClassVar[str] = "orders.order_paid"
    lines: list[LineTold]
    reinstated: bool = False
    """It had ended, and the money came after that."""


class OrderRecorded(OrderEventTold, frozen=True, kw_only=True):
    """An order of another time is known now: it was placed, paid and sent, all of it `at` one instant."""

    type: ClassVar[str] = "orders.order_recorded"
    lines: list[LineTold]


class OrderEdited(OrderEventTold, frozen=True, kw_only=True):
    """What is bought was changed."""

    type: ClassVar[str] = "orders.order_edited"
    lines: list[LineTold]
    difference: int


class OrderFulfilled(OrderEventTold, frozen=True, kw_only=True):
    """A parcel left."""

    type: ClassVar[str] = "orders.order_fulfilled"
    lines: list[LineTold]
    """What was in it."""
    complete: bool
    """Whether everything has left now."""
    fulfilment_id: UUID | None = None
    """The parcel; None in what was told before parcels had names."""


class OrderCompleted(OrderEventTold, frozen=True, kw_only=True):
    """Everything arrived."""

    type: ClassVar[str] = "orders.order_completed"


class OrderCanceled(OrderEventTold, frozen=True, kw_only=True):
    """It was called off."""

    type: ClassVar[str] = "orders.order_canceled"
    lines: list[LineTold]
    was_paid: bool


class OrderExpired(OrderEventTold, frozen=True, kw_only=True):
    """Nobody paid in time."""

    type: ClassVar[str] = "orders.order_expired"


class OrderReturned(OrderEventTold, frozen=True, kw_only=True):
    """Goods came back."""

    type: ClassVar[str] = "orders.order_returned"
    lines: list[LineTold]


class OrderRefunded(OrderEventTold, frozen=True, kw_only=True):
    """Money went back."""

    type: ClassVar[str] = "orders.order_refunded"
    refund_id: UUID
    refund: int


class OrderRefundFailed(OrderEventTold, frozen=True, kw_only=True):
    """Money did not go back, or came back from the bank; it can be refunded again."""

    type: ClassVar[str] = "orders.refund_failed"
    refund_id: UUID
    refund: int
    reason: str


class LateMoneyReturned(OrderEventTold, frozen=True, kw_only=True):
    """Money came after the end and is on its way back."""

    type: ClassVar[str] = "orders.late_money_returned"
    amount: int
    why: str


ORDER_EVENTS: Final[Sequence[type[OrderEventTold]]] = tuple(OrderEventTold.__subclasses__())
"""All of the above: for whoever looks at an order whenever anything happened to it."""
