"""Wake-ups: a connection of its own that listens, and that is known to be dead when it is.

BullMQ's worker stayed "healthy" while its blocking connection was dead (bullmq#4585). Ours
pings that very connection, and says what it heard.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Sequence
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from backstay.kernel.tasks import end

_log: Final = logging.getLogger("backstay.jobs")

PING_EVERY: Final = 1.0
"""Seconds of silence after which the connection is asked whether it lives."""
SILENCE: Final = 3.0
"""Seconds of silence after which it counts as dead; with the time of one attempt, under 5 s to heal."""
RETRY: Final = 0.5
"""Seconds between attempts to listen again."""


class Waker:
    """Tells those who wait that a queue has jobs; begins to listen with the first who waits."""

    def __init__(self, client: Redis, keys: str) -> None:
        self._client = client
        self._channel = f"{keys}wake"
        self._changed: asyncio.Future[None] | None = None
        self._woken: set[str] = set()
        self._all = False
        self._task: asyncio.Task[None] | None = None
        self._heard = 0.0

    def healthy(self) -> bool:
        """Whether the listening connection has answered lately; True before anybody waited."""
        return self._task is None or time.monotonic() - self._heard < SILENCE + PING_EVERY

    def looked(self, queues: Sequence[str]) -> None:
        """A claim is about to look at these queues: what was heard of them until now is done with."""
        self._woken.difference_update(queues)
        self._all = False

    def tell(self, queue: str | None) -> None:
        """A queue has jobs; None: any may."""
        if queue is None:
            self._all = True
        else:
            self._woken.add(queue)
        if self._changed is not None and not self._changed.done():
            self._changed.set_result(None)

    async def wait(self, queues: Sequence[str], seconds: float) -> None:
        """Return when one of the queues was heard of since the last claim of it, or after `seconds`."""
        if self._task is None:
            self._heard = time.monotonic()
            self._task = asyncio.create_task(self._listen(), name="jobs-waker")
        deadline = time.monotonic() + seconds
        while not self._all and self._woken.isdisjoint(queues):
            left = deadline - time.monotonic()
            if left <= 0:
                return
            if self._changed is None or self._changed.done():
                self._changed = asyncio.get_running_loop().create_future()
            await asyncio.wait([self._changed], timeout=left)

    async def close(self) -> None:
        """Stop listening."""
        if self._task is not None:
            await end(self._task)
            self._task = None

    async def _listen(self) -> None:
        lost = False
        while True:
            listener = self._client.pubsub()
            try:
                async with asyncio.timeout(SILENCE):
                    await listener.subscribe(self._channel)
                self._heard = time.monotonic()
                if lost:
                    _log.info("the jobs' Redis is heard again")
                lost = False
                # Whatever became ready while nobody listened.
                self.tell(None)
                await self._hear(listener)
            except (RedisError, OSError, TimeoutError) as error:
                if not lost:
                    _log.warning("the jobs' Redis is not heard: %s", type(error).__name__)
                lost = True
            finally:
                with contextlib.suppress(RedisError, OSError):
                    await listener.aclose()  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
            await asyncio.sleep(RETRY)

    async def _hear(self, listener: Any) -> None:
        while True:
            # Around all of it, for redis-py may connect anew in there, and the server may not answer that.
            async with asyncio.timeout(PING_EVERY + SILENCE):
                message = await listener.get_message(timeout=PING_EVERY)
                if message is None and time.monotonic() - self._heard < SILENCE:
                    await listener.ping()
            now = time.monotonic()
            if message is None:
                if now - self._heard > SILENCE:
                    raise TimeoutError
                continue
            self._heard = now
            if message["type"] == "message":
                self.tell(message["data"].decode())
