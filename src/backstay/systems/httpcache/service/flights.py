"""Requests that ask the origin for the same at once: one asks, the others wait for what it learns."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from typing import Final

_REMEMBERED: Final = 4096
_APART: Final = 30.0
"""Seconds for which requests do not wait for each other where answers turned out not to be shared."""


class Flights:
    """The addresses that the origin is being asked for."""

    def __init__(self, wait: float) -> None:
        """`wait`: seconds for which anybody waits for another one's answer."""
        self._wait = wait
        self._landings: dict[str, asyncio.Event] = {}
        self._apart: OrderedDict[str, float] = OrderedDict()

    def under_way(self, url: str) -> bool:
        """Whether somebody asks for it."""
        return url in self._landings

    async def waited(self, url: str) -> bool:
        """Wait for whoever asks for it already; False at once when there is nobody, or no use in waiting."""
        landing = self._landings.get(url)
        if landing is None or self._apart.get(url, 0.0) > time.monotonic():
            return False
        try:
            async with asyncio.timeout(self._wait):
                await landing.wait()
        except TimeoutError:
            # It takes too long, or its process's origin hangs: everybody asks for themselves.
            return False
        return True

    def begin(self, url: str) -> None:
        """Ask for it, so that others wait; unless somebody does."""
        self._landings.setdefault(url, asyncio.Event())

    def land(self, url: str) -> None:
        """Let go of those who wait: what there is to know is known."""
        landing = self._landings.pop(url, None)
        if landing is not None:
            landing.set()

    def set_apart(self, url: str) -> None:
        """What was answered is for one request alone, and the next answers will be too."""
        self._apart[url] = time.monotonic() + _APART
        self._apart.move_to_end(url)
        if len(self._apart) > _REMEMBERED:
            self._apart.popitem(last=False)
