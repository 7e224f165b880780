"""How late events are, as numbers at `/metrics`: until they have positions, are delivered, and have left."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import Final

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, Reader
from backstay.kernel.errors import BackstayError
from backstay.kernel.telemetry import metrics
from backstay.systems.events.queries import log, readers
from backstay.systems.events.service import reading
from backstay.systems.events.service.part import Events

_EVERY: Final = 5.0
"""Seconds between looks."""

# The workers of a machine look at one log: the one that sees it latest is right.
OUTBOX_LAG: Final = metrics.gauge(
    "events_outbox_lag_seconds",
    "Since the oldest committed event that has no position yet; 0 when all have.",
    merge="max",
)
RELAY_LAG: Final = metrics.gauge(
    "events_relay_lag_seconds",
    "Since the oldest event happened that has not left for the broker; 0 when all have.",
    ["broker"],
    merge="max",
)
SUBSCRIPTION_LAG: Final = metrics.gauge(
    "events_subscription_lag_seconds",
    "Since the oldest event happened after the last one that was delivered; 0 when there is none.",
    ["subscription"],
    merge="max",
)


async def gauge(database: Database) -> None:
    """Set the gauges now and then until cancelled; while the database is away they stay as they are."""
    while True:
        with suppress(BackstayError):
            await look(database.reader(SYSTEM))
        await asyncio.sleep(_EVERY)


async def look(reader: Reader) -> None:
    """Set the gauges.

    Raises:
        BackstayError: the database does not answer.
    """
    events = reader.part(Events)
    lag = await reading.lag(reader)
    OUTBOX_LAG.set(lag.oldest_pending or 0.0)
    if lag.broker is not None:
        RELAY_LAG.set(lag.broker.oldest or 0.0, lag.broker.broker)
    for one in events.subscriptions.values():
        if one.once:
            after = await reader.first(readers.DELIVERED, subscription=one.name) or 0
            oldest = await reader.first(log.OLDEST_BEHIND, after=after, types=sorted(one.types))
            SUBSCRIPTION_LAG.set(_since(reader, oldest), one.name)


def _since(reader: Reader, moment: datetime | None) -> float:
    return 0.0 if moment is None else max(0.0, (reader.now() - moment).total_seconds())
