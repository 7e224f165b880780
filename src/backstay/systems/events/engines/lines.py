"""Publishing in lines: what has one key goes out one after the other, the rest side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from backstay.systems.events.engines.broker import Message, MessageRefused

_WIDE: Final = 256
"""Lines that are on their way at once."""


async def publish_in_lines(messages: Sequence[Message], send: Callable[[Message], Awaitable[None]]) -> None:
    """Send every message; one of a key only after the one before it was confirmed.

    A broker may take the second and refuse the first. Sent again, the first would come after the
    second for ever, and no inbox could mend that. After a failure, no more lines are begun.

    Raises:
        Exception: the first failure, once everything under way has ended; rather a `MessageRefused`.
    """
    lines: dict[str, list[Message]] = {}
    for number, message in enumerate(messages):
        lines.setdefault(f"#{number}" if message.key is None else f"={message.key}", []).append(message)
    places = asyncio.Semaphore(_WIDE)
    failed: list[Exception] = []

    async def line(waiting: Sequence[Message]) -> None:
        async with places:
            for message in waiting:
                if failed:
                    return
                try:
                    await send(message)
                except Exception as failure:  # noqa: BLE001 - raised below, when the others have ended
                    failed.append(failure)

    await asyncio.gather(*map(line, lines.values()))
    if failed:
        raise next((one for one in failed if isinstance(one, MessageRefused)), failed[0])
