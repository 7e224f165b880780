"""Where an order is in its life, what may happen to it there, and where that leads: one table, all of it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class OrderStatus(StrEnum):
    """How far an order has come. What became of the money is a second thing: `MoneyStatus`."""

    PENDING = "pending"
    """Placed; its stock is reserved, and it waits for its money."""
    PAID = "paid"
    """Nothing has left yet."""
    PARTLY_FULFILLED = "partly_fulfilled"
    FULFILLED = "fulfilled"
    """Everything has left."""
    COMPLETED = "completed"
    """Everything has arrived. It can still come back."""
    CANCELED = "canceled"
    EXPIRED = "expired"
    """Nobody paid in time."""


class MoneyStatus(StrEnum):
    """What became of an order's money; it follows from the sums."""

    UNPAID = "unpaid"
    PARTLY_PAID = "partly_paid"
    """Some is missing still: the order was edited and costs more now."""
    PAID = "paid"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"
    """All that came went back."""


class Move(StrEnum):
    """What can happen to an order that is placed."""

    PAY = "pay"
    EDIT = "edit"
    FULFIL = "fulfil"
    FULFIL_LAST = "fulfil_last"
    """With this, everything has left."""
    DELIVER = "deliver"
    COMPLETE = "complete"
    RETURN = "return"
    REFUND = "refund"
    CANCEL = "cancel"
    EXPIRE = "expire"
    REINSTATE = "reinstate"
    """Money came after the end, and the goods were still to be had at their price."""
    TAKE_LATE = "take_late"
    """Money came after the end, and goes back."""


_S, _M = OrderStatus, Move
TRANSITIONS: Final[Mapping[tuple[OrderStatus, Move], OrderStatus]] = MappingProxyType(
    {
        (_S.PENDING, _M.PAY): _S.PAID,
        (_S.PENDING, _M.EDIT): _S.PENDING,
        (_S.PENDING, _M.CANCEL): _S.CANCELED,
        (_S.PENDING, _M.EXPIRE): _S.EXPIRED,
        (_S.PAID, _M.EDIT): _S.PAID,
        (_S.PAID, _M.FULFIL): _S.PARTLY_FULFILLED,
        (_S.PAID, _M.FULFIL_LAST): _S.FULFILLED,
        (_S.PAID, _M.REFUND): _S.PAID,
        (_S.PAID, _M.CANCEL): _S.CANCELED,
        (_S.PARTLY_FULFILLED, _M.FULFIL): _S.PARTLY_FULFILLED,
        (_S.PARTLY_FULFILLED, _M.FULFIL_LAST): _S.FULFILLED,
        (_S.PARTLY_FULFILLED, _M.DELIVER): _S.PARTLY_FULFILLED,
        (_S.PARTLY_FULFILLED, _M.RETURN): _S.PARTLY_FULFILLED,
        (_S.PARTLY_FULFILLED, _M.REFUND): _S.PARTLY_FULFILLED,
        (_S.FULFILLED, _M.DELIVER): _S.FULFILLED,
        (_S.FULFILLED, _M.COMPLETE): _S.COMPLETED,
        (_S.FULFILLED, _M.RETURN): _S.FULFILLED,
        (_S.FULFILLED, _M.REFUND): _S.FULFILLED,
        (_S.COMPLETED, _M.RETURN): _S.COMPLETED,
        (_S.COMPLETED, _M.REFUND): _S.COMPLETED,
        (_S.CANCELED, _M.REFUND): _S.CANCELED,
        (_S.CANCELED, _M.REINSTATE): _S.PAID,
        (_S.CANCELED, _M.TAKE_LATE): _S.CANCELED,
        (_S.EXPIRED, _M.REFUND): _S.EXPIRED,
        (_S.EXPIRED, _M.REINSTATE): _S.PAID,
        (_S.EXPIRED, _M.TAKE_LATE): _S.EXPIRED,
    }
)
"""Where each move leads from each status; a pair that is not here cannot happen."""

ENDED: Final = frozenset({OrderStatus.CANCELED, OrderStatus.EXPIRED})
"""Nothing is sold, nothing is reserved; money that comes now is late."""


def moves_from(status: OrderStatus) -> list[Move]:
    """What may happen to an order in this status."""
    return [move for (whence, move) in TRANSITIONS if whence is status]


def money_status(*, total: int, paid: int, refunded: int) -> MoneyStatus:
    """What became of an order's money.

    Args:
        total: what it costs.
        paid: what came in all.
        refunded: what of it went back, or is on its way back.
    """
    if paid and refunded >= paid:
        return MoneyStatus.REFUNDED
    if refunded:
        return MoneyStatus.PARTLY_REFUNDED
    if paid >= total:
        return MoneyStatus.PAID
    return MoneyStatus.PARTLY_PAID if paid else MoneyStatus.UNPAID
