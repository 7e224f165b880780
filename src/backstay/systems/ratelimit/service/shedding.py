"""Shedding load: a process that has too much to do leaves what can wait, so that the rest is done well.

Two signs count: how many requests are being worked on, of which a share is kept for critical routes; and
how late the event loop is. Of its lateness at the last five looks the least counts, so that one long step
is no overload and a standing queue is (Nichols and Jacobson, "Controlling Queue Delay", 2012).
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from backstay.systems.ratelimit.errors import Overloaded

IN_FLIGHT: Final = "in-flight"
LAG: Final = "event-loop-lag"
_TICK: Final = 0.2
_TICKS: Final = 5
_COME_BACK: Final = 2
"""Seconds that a caller is asked to wait."""


class Shedder:
    """The load of one process."""

    def __init__(self, in_flight: int | None, critical_share: float, lag: float | None) -> None:
        """`in_flight`, `critical_share` and `lag` as the settings describe them."""
        self.in_flight = in_flight
        self.ordinary = None if in_flight is None else max(1, round(in_flight * (1 - critical_share)))
        self.lag = lag
        self.running = 0
        """Requests that are being worked on; a stream counts until it begins to flow."""
        self.late = 0.0
        """Seconds that the event loop was late at each of the last five looks."""
        self._ticks: deque[float] = deque(maxlen=_TICKS)

    def enter(self, *, critical: bool) -> None:
        """Begin a request; whoever does calls `leave`.

        Raises:
            Overloaded: it has not begun.
        """
        most = self.in_flight if critical else self.ordinary
        if most is not None and self.running >= most:
            raise Overloaded(IN_FLIGHT, _COME_BACK)
        if not critical and self.lag is not None and self.late > self.lag:
            raise Overloaded(LAG, _COME_BACK)
        self.running += 1

    def leave(self) -> None:
        """End one."""
        self.running -= 1

    def note(self, late: float) -> None:
        """Take in how late one tick was."""
        self._ticks.append(late)
        self.late = min(self._ticks) if len(self._ticks) == _TICKS else 0.0

    async def run(self) -> None:
        """Look how late the event loop is, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _TICK
            await asyncio.sleep(_TICK)
            self.note(max(0.0, loop.time() - due))
