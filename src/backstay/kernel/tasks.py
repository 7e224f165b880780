"""Ending what runs in the background."""

from __future__ import annotations

import asyncio
from typing import Any, Final

AGAIN: Final = 5.0
"""Seconds until a task that has not ended is cancelled once more."""


async def end(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks and wait until all have ended, however they do.

    A task may lose its cancellation: in Python 3.11 `asyncio.wait_for` swallows one that comes when what
    it waits for has just ended (python/cpython#86296), and drivers wait by it. Such a task would go on
    for ever, and who ends it would wait as long; so it is cancelled again.
    """
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=AGAIN)
