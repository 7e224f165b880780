"""A cancellation ends what waits for Redis, whenever it comes; the relay must not outlive its server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from backstay.systems.jobs.engines.redis import RedisStore

pytestmark = pytest.mark.needs("redis")

STEPS = 40
"""Turns of the event loop from the start of a call, each tried as the moment of the cancellation.

A call takes fewer until it waits for its answer, and what loses a cancellation does so in these.
"""


async def _outlives(call: Callable[[], Awaitable[object]], turns: int) -> bool:
    """Whether a loop of calls goes on after it was cancelled so many turns after its start."""
    cancelled = False

    async def loop() -> bool:
        while not cancelled:
            await call()
        return True

    task = asyncio.create_task(loop())
    for _ in range(turns):
        await asyncio.sleep(0)
    cancelled = True
    task.cancel()
    await asyncio.wait([task])
    return not task.cancelled()


async def test_no_moment_loses_a_cancellation_of_a_verb(store: RedisStore) -> None:
    async def call() -> None:
        await store.claim("w", ["default"], 1, 30)

    await call()
    assert [turns for turns in range(STEPS) if await _outlives(call, turns)] == []


async def test_no_moment_loses_a_cancellation_of_what_listens(store: RedisStore) -> None:
    listener = store._client.pubsub()
    try:
        await listener.subscribe("test-cancelling")

        async def call() -> None:
            await listener.ping()
            await listener.get_message(timeout=1)

        assert [turns for turns in range(STEPS) if await _outlives(call, turns)] == []
    finally:
        await listener.aclose()  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
