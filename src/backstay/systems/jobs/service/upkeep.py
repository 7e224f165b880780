"""What a worker does beside its jobs for all of them: promote, rescue and prune."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from typing import Final

from backstay.kernel.errors import BackstayError
from backstay.systems.jobs.engines.store import Store

_log: Final = logging.getLogger("backstay.jobs")
_SWEEP: Final = 500
"""Jobs that one round moves at most."""


async def keep_up(
    store: Store, look: Callable[[], Awaitable[None]], away: Callable[[BackstayError], Awaitable[None]]
) -> None:
    """Sweep about once a second, in whichever worker comes first, until cancelled.

    `look` goes before each round; `away` hears of a store that does not answer, and waits.
    """
    while True:
        pause = 1.0
        try:
            await look()
            began = time.monotonic()
            swept = await store.sweep(_SWEEP)
            if swept.next_due is not None:
                pause = min(pause, max(0.005, swept.next_due))
            if swept.promoted == _SWEEP:
                # There is more; whoever enqueues meanwhile has the store for as long as the round had it.
                pause = time.monotonic() - began
        except BackstayError as failure:
            await away(failure)
        except Exception:  # noqa: BLE001 - a bug in a round must not end the upkeep for good
            _log.exception("the upkeep of jobs failed")
        await asyncio.sleep(pause * random.uniform(0.9, 1.1))  # noqa: S311 - so that workers spread
