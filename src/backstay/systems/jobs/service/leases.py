"""Extending leases from a thread of its own, so that a handler that blocks the event loop keeps its jobs."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from backstay.kernel.errors import BackstayError
from backstay.systems.jobs.engines.store import Extension, LeaseKey, Store

_log: Final = logging.getLogger("backstay.jobs")
_LOOK: Final = 0.5
"""Seconds between two looks, so that a running job learns within a second that it is cancelled."""
_YOUNG: Final = 0.4
"""Seconds that a job must have been in hand before it is worth asking about."""


class LeaseKeeper:
    """Keeps the leases of one worker; `begin` and `end` are called on the worker's loop."""

    def __init__(
        self,
        open_store: Callable[[], Awaitable[Store]],
        tell: Callable[[Extension], None],
        *,
        lease: float,
    ) -> None:
        """`open_store` makes a store for the thread's own loop; `tell` is called on the worker's loop."""
        self._open_store = open_store
        self._tell = tell
        self._lease = lease
        self._held: dict[LeaseKey, float] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="job-leases", daemon=True)
        self._thread.start()

    def begin(self, keys: Sequence[LeaseKey]) -> None:
        """Jobs are in hand."""
        now = time.monotonic()
        with self._lock:
            self._held.update(dict.fromkeys(keys, now))

    def end(self, keys: Sequence[LeaseKey]) -> None:
        """They are settled."""
        with self._lock:
            for key in keys:
                self._held.pop(key, None)

    async def stop(self) -> None:
        """End the thread."""
        self._stopping.set()
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        asyncio.run(self._keep())

    async def _keep(self) -> None:
        store: Store | None = None
        while not await asyncio.to_thread(self._stopping.wait, _LOOK):
            edge = time.monotonic() - _YOUNG
            with self._lock:
                keys = [key for key, since in self._held.items() if since <= edge]
            if not keys:
                continue
            try:
                if store is None:
                    store = await self._open_store()
                told = await store.extend(keys, self._lease)
            except BackstayError:
                # The store is away: leases run out if it stays away, which is what they are for.
                continue
            except Exception:  # noqa: BLE001 - this thread must outlive whatever a driver thinks of
                _log.exception("extending leases failed")
                continue
            for one in told:
                if one.cancel or not one.held:
                    self._loop.call_soon_threadsafe(self._tell, one)
        if store is not None:
            await store.close()
