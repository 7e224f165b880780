"""What carts have done behind the scenes."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from backstay.kernel.backend import Backend
from backstay.products.commerce.carts import service
from backstay.products.commerce.carts.contracts import ExpireCarts
from backstay.systems.jobs import Schedule, handles


@handles(ExpireCarts)
async def expire_carts(job: ExpireCarts, backend: Backend) -> dict[str, int]:
    """In bounded transactions; nobody sees a cart whose time is over meanwhile."""
    del job
    return {"removed": await service.expire(backend.database)}


EXPIRING: Final = Schedule(
    name="carts.expire", cron="41 * * * *", job=ExpireCarts(), jitter=timedelta(minutes=5)
)
