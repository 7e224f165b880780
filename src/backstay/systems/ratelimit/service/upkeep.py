"""What the store needs beside requests: what has ended is removed, and an outage is told."""

from __future__ import annotations

import asyncio
import random
from typing import Final

from backstay.kernel.backend import Backend
from backstay.kernel.health import Health, HealthReport
from backstay.systems.ratelimit.contracts import Store, StoreUnavailable
from backstay.systems.ratelimit.engines.outage import GuardedStore
from backstay.systems.ratelimit.service.limiter import Limiter

_EVERY: Final = 60.0
"""Seconds between two prunings, and as many again by chance, so that processes do not all come at once."""
_MOST: Final = 10_000


async def prune(store: Store) -> None:
    """Remove keys whose quotas are whole again, from time to time."""
    while True:
        await asyncio.sleep(random.uniform(_EVERY, 2 * _EVERY))  # noqa: S311 - jitter, not a secret
        try:
            while await store.prune(_MOST) >= _MOST:
                pass
        except StoreUnavailable:
            continue  # the guard has told it; it is tried again in a minute


async def wellness(backend: Backend) -> HealthReport:
    """Degraded while policies decide without the store."""
    store = backend.part(Limiter).store
    if isinstance(store, GuardedStore) and not store.available:
        words = "the store of the limits does not answer; each policy decides without it"
        return HealthReport(Health.DEGRADED, words)
    return HealthReport(Health.OK)
