"""What comes from a broker: handled in one line a key, again after failures, buried after too many."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from backstay.kernel.tasks import end
from backstay.systems.events.engines.broker import BrokerUnavailable, Handle, Message, NotNow, Tuning
from backstay.systems.events.engines.cloudevents import NotAnEvent, decode

_log: Final = logging.getLogger("backstay.events")
_LONGEST_ERROR: Final = 500


class Delivery(Protocol):
    """One message in one process's hands; the broker keeps it until it is acknowledged."""

    body: bytes
    count: int
    """How often the broker has handed it to anybody, this time included; 1 where that is not known."""

    async def ack(self) -> None:
        """Let the broker forget it. Quiet when it cannot be said any more: the message comes again."""

    async def hold(self) -> None:
        """Say that it is still being worked on. Quiet when it cannot be said any more."""


class Dead(Protocol):
    """What goes to the dead letters."""

    async def __call__(self, body: bytes, error: str, attempts: int) -> None:
        """Return once it is kept there.

        Raises:
            BrokerUnavailable: that was not confirmed.
        """


class Intake:
    """The messages that one process has taken and not yet settled.

    It outlives connections: when one is lost, the broker hands its messages over again, to this
    process or another, while a handler may still run. In this process they then stand in line behind it.
    """

    def __init__(self, wanted: Callable[[Message], bool], handle: Handle, bury: Dead, tuning: Tuning) -> None:
        """`wanted`: whether a message is handled at all; others are acknowledged."""
        self._wanted = wanted
        self._handle = handle
        self._bury = bury
        self._tuning = tuning
        self._lines: dict[str, deque[tuple[Delivery, Message | str]]] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()
        self._anonymous = 0

    def take(self, delivery: Delivery) -> None:
        """Handle it when those before it in its line are settled."""
        message: Message | str
        try:
            message = decode(delivery.body)
        except NotAnEvent as error:
            message = str(error)
        if isinstance(message, str) or message.key is None:
            self._anonymous += 1
            key = f"#{self._anonymous}"
        else:
            key = f"={message.key}"
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = deque()
            task = asyncio.create_task(self._work(key, line))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        line.append((delivery, message))

    async def settled(self) -> None:
        """Return when nothing is in hand any more."""
        while self._running:
            await asyncio.wait(set(self._running))

    async def hold(self) -> None:
        """Tell the broker, for as long as this runs, that what is in hand is being worked on."""
        while True:
            await asyncio.sleep(self._tuning.redeliver_after / 3)
            for line in list(self._lines.values()):
                for delivery, _message in list(line):
                    await delivery.hold()

    async def finish(self) -> None:
        """Begin nothing more, and wait a while for what runs; what is left stays with the broker."""
        self._closing.set()
        if not self._running:
            return
        _done, late = await asyncio.wait(set(self._running), timeout=self._tuning.grace)
        if late:
            _log.warning("%d handlers of events did not end in time; their events will come again", len(late))
            await end(*late)

    async def _work(self, key: str, line: deque[tuple[Delivery, Message | str]]) -> None:
        try:
            while line and not self._closing.is_set():
                delivery, message = line[0]
                if await self._settle(delivery, message):
                    await delivery.ack()
                line.popleft()
        finally:
            del self._lines[key]

    async def _settle(self, delivery: Delivery, message: Message | str) -> bool:
        """Whether the broker may forget it: it was handled, is not wanted, or is among the dead letters."""
        if isinstance(message, str):
            return await self._give_up(delivery, f"NotAnEvent: {message}", 0)
        if not self._wanted(message):
            return True
        deaths = delivery.count - 1
        if deaths > self._tuning.crashes:
            return await self._give_up(delivery, "Crashed: its readers died over it", deaths)
        attempt = 0
        while True:
            attempt += 1
            try:
                await self._handle(message)
            except NotNow:
                attempt -= 1
            except Exception as error:  # noqa: BLE001 - whatever a handler raises, the message comes again
                _log.warning(
                    "event %s %s was not handled, attempt %d",
                    message.type,
                    message.id,
                    attempt,
                    exc_info=error,
                )
                if attempt >= self._tuning.attempts:
                    text = f"{type(error).__name__}: {error}"[:_LONGEST_ERROR]
                    return await self._give_up(delivery, text, attempt)
            else:
                return True
            if not await self._pause(max(attempt, 1)):
                return False

    async def _give_up(self, delivery: Delivery, error: str, attempts: int) -> bool:
        """Bury it, however long that takes; False if the reader stops first."""
        tries = 0
        while True:
            tries += 1
            try:
                await self._bury(delivery.body, error, attempts)
            except BrokerUnavailable:
                if not await self._pause(tries):
                    return False
            else:
                _log.error("an event went to the dead letters after %d attempts: %s", attempts, error)
                return True

    async def _pause(self, attempt: int) -> bool:
        """Wait as long as that attempt asks for; False if the reader stops meanwhile."""
        try:
            async with asyncio.timeout(self._tuning.delay(attempt)):
                await self._closing.wait()
        except TimeoutError:
            return True
        return False


class Run:
    """What sessions and whoever keeps them running tell each other."""

    def __init__(self) -> None:
        self.standing = asyncio.Event()
        """Set once the first session stands: what is published from then on will come."""
        self.stopping = asyncio.Event()
        """Set for the session: take nothing more, finish, and return."""
        self.stood = False
        """Whether the present session has stood."""

    def stand(self) -> None:
        """Say that this session receives."""
        self.stood = True
        self.standing.set()


Session = Callable[[Run], Awaitable[None]]
"""One connection's worth of receiving: returns when told to stop, raises when the connection is lost."""
