"""What reviews do about refunds, and by and by."""

from __future__ import annotations

from backstay.kernel.database import UnitOfWork
from backstay.products.commerce.orders import events
from backstay.products.commerce.reviews import service
from backstay.products.commerce.reviews.contracts import Rerate
from backstay.systems.events import subscribes
from backstay.systems.jobs import JobContext, handles


@subscribes()
async def withdraw_refunded(event: events.OrderRefunded, uow: UnitOfWork) -> None:
    """Withdraw what was said of lines whose money all went back."""
    await service.withdraw(uow, event.shop_id, event.order_id)


@handles(Rerate)
async def rerate(job: Rerate, context: JobContext) -> dict[str, int]:
    """Rate all products of a shop by the rule that holds now."""
    return {"rated": await service.rerate(context, job.shop_id)}
