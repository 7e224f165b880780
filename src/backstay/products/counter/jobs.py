"""What the counter does about its own events: it keeps a page a day of every shared counter."""

from __future__ import annotations

from backstay.kernel.database import UnitOfWork
from backstay.products.counter import service
from backstay.products.counter.events import CounterMoved, CounterRemoved
from backstay.systems.events import Recorded, subscribes


@subscribes()
async def write_day(event: CounterMoved | CounterRemoved, recorded: Recorded, uow: UnitOfWork) -> None:
    """Add a move to its counter's day; a counter that is removed takes its days along."""
    if isinstance(event, CounterRemoved):
        await service.forget_days(uow, event.name)
    else:
        await service.add_to_day(uow, event.name, recorded.time, event.amount)
