"""What notices do about orders."""

from __future__ import annotations

from backstay.kernel.database import UnitOfWork
from backstay.products.commerce.notices import service
from backstay.products.commerce.orders import events
from backstay.systems.events import subscribes


@subscribes()
async def tell_customer(
    event: events.OrderPaid | events.OrderFulfilled | events.OrderRefunded | events.OrderCanceled,
    uow: UnitOfWork,
) -> None:
    """Mail a customer what happened to their order."""
    await service.tell(uow, event)
