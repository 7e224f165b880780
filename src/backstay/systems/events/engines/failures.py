"""Saying `BrokerUnavailable` for whatever a driver says about a broker that is not there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from backstay.systems.events.engines.broker import BrokerUnavailable


@asynccontextmanager
async def translated(where: str, failures: tuple[type[Exception], ...]) -> AsyncIterator[None]:
    """Turn these failures into `BrokerUnavailable`; `where` names the broker, without its credentials.

    Raises:
        BrokerUnavailable: one of them happened.
    """
    try:
        yield
    except asyncio.CancelledError as cancelled:
        # Drivers cancel what waits on a connection that ends, though nobody asked us to stop.
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise BrokerUnavailable(f"the connection to {where} was lost") from cancelled
    except failures as failure:
        raise BrokerUnavailable(f"{where}: {type(failure).__name__} {failure}".strip()) from failure
