"""What a reader under test was handed, and messages to hand it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import msgspec

from backstay.systems.events.engines.broker import Message

PLACED = "orders.order_placed"


def message(
    number: int = 0, *, key: str | None = "o-1", type_: str = PLACED, id_: str | None = None
) -> Message:
    return Message(
        id=id_ or str(uuid4()),
        source="/shop/orders",
        type=type_,
        subject=key,
        time=datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC),
        key=key,
        data=msgspec.json.encode({"number": number}),
        extensions={"organizationid": "0198", "streamversion": number},
    )


def number_of(one: Message) -> int:
    return int(msgspec.json.decode(one.data)["number"])


class Heard:
    """A handler that keeps what comes, and does with it what the test says."""

    def __init__(self, act: Callable[[Message], None] = lambda _message: None) -> None:
        self.messages: list[Message] = []
        self._act = act
        self._changed = asyncio.Condition()

    async def __call__(self, one: Message) -> None:
        async with self._changed:
            self.messages.append(one)
            self._changed.notify_all()
        self._act(one)

    @property
    def numbers(self) -> list[int]:
        return [number_of(one) for one in self.messages]

    async def until(self, holds: Callable[[list[Message]], bool], seconds: float = 30) -> None:
        """Return once it holds for what came so far."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: holds(self.messages))

    async def count(self, wanted: int) -> None:
        await self.until(lambda messages: len(messages) >= wanted)


def first_seen(heard: Heard) -> dict[str | None, list[int]]:
    """The numbers of each key in the order in which they came first: without duplicates, as an inbox sees it."""
    lines: dict[str | None, list[int]] = {}
    seen: set[str] = set()
    for one in heard.messages:
        if one.id not in seen:
            seen.add(one.id)
            lines.setdefault(one.key, []).append(number_of(one))
    return lines
