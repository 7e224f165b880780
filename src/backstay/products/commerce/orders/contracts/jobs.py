"""The jobs that orders enqueue."""

from __future__ import annotations

from typing import ClassVar

from backstay.systems.jobs import Job


class ExpireOrders(Job, frozen=True, kw_only=True):
    """Give up the orders of every organization that nobody has paid in time."""

    kind: ClassVar[str] = "orders.expire_orders"
