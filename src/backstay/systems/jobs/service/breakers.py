"""Breakers: a kind whose retries run away waits, and one job at a time tries whether it works again."""

from __future__ import annotations

import logging
import random
import time
from collections import defaultdict
from contextlib import suppress
from typing import Final
from uuid import UUID

from msgspec import Struct

from backstay.kernel.errors import BackstayError
from backstay.systems.jobs.queries import breakers
from backstay.systems.jobs.service.books import Books, moment
from backstay.systems.jobs.service.retrying import RetryBudget
from backstay.systems.jobs.service.views import BreakerInfo

_log: Final = logging.getLogger("backstay.jobs")
_SECOND: Final = 1_000_000
FIRST_WAIT: Final = 5.0
"""Seconds until the first probe; each that fails doubles them."""
LONGEST_WAIT: Final = 300.0
_SPREAD: Final = 2.0
"""Seconds, at most and at random, that a waiting job comes later than the probe may."""
_PROBE: Final = 60.0
"""Seconds that a probe of a kind without a timeout has until another may be made."""
_MARGIN: Final = 5.0
_LOOK: Final = 1.0
"""Seconds between looks at the books."""


class Breakers(Books):
    """The open breakers of the house; in the database always."""

    async def open(self, kind: str, error: str) -> bool:
        """Let a kind's jobs wait; `error` is the code of the failure that spent the budget.

        False: they did already.
        """
        given = {"kind": kind, "error": error, "wait": round(FIRST_WAIT * _SECOND)}
        return bool(await self._run(breakers.OPEN, self._given(breakers.OPEN, given)))

    async def take_probe(self, kind: str, seconds: float) -> bool:
        """Whether the caller's job may try; it then has so many seconds before another may."""
        given = self._given(breakers.TAKE_PROBE, {"kind": kind, "wait": round(seconds * _SECOND)})
        return bool(await self._run(breakers.TAKE_PROBE, given))

    async def fail_probe(self, kind: str, error: str, probes: int) -> None:
        """A probe has failed, after so many others: wait twice as long."""
        wait = round(_wait_after(probes + 1) * _SECOND)
        await self._change(breakers.FAIL_PROBE, kind=kind, error=error, wait=wait)

    async def close(self, kind: str) -> None:
        """Let a kind's jobs run again."""
        await self._change(breakers.CLOSE, kind=kind)

    async def show(self) -> list[BreakerInfo]:
        """Every open breaker, by kind."""
        return [
            BreakerInfo(
                kind=row.kind,
                opened_at=moment(row.opened_at),
                next_probe=moment(row.until),
                wait=max(row.until - row.now, 0) / _SECOND,
                probes=row.probes,
                error=row.error,
            )
            for row in await self._all(breakers.ALL)
        ]


def _wait_after(probes: int) -> float:
    """Seconds until the next probe when so many have failed."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(probes, 62))


class _Waiting(Struct):
    """An open breaker as one worker last saw it."""

    probe_at: float
    """By this process's monotonic clock."""
    probes: int


class Gate:
    """What one worker knows of the breakers, and what its kinds may still retry.

    While the database is away nothing is opened, tried or closed: that is not the jobs' doing.
    """

    def __init__(self, books: Breakers) -> None:
        self._books = books
        self._budgets: defaultdict[str, RetryBudget] = defaultdict(RetryBudget)
        self._open: dict[str, _Waiting] = {}
        self._probing: dict[str, UUID] = {}
        """By kind, the job that tries."""
        self._looked = float("-inf")

    async def look(self) -> None:
        """Learn what was opened and closed elsewhere, about once a second however often it is called."""
        if time.monotonic() - self._looked >= _LOOK:
            with suppress(BackstayError):
                await self._look()

    async def _look(self) -> None:
        now = self._looked = time.monotonic()
        found = {one.kind: _Waiting(now + one.wait, one.probes) for one in await self._books.show()}
        for kind in self._open.keys() - found.keys():
            # It works again: what its failures had cost is forgotten.
            self._budgets.pop(kind, None)
        self._open = found

    async def wait_of(self, kind: str, job_id: UUID, lasting: float | None) -> float | None:
        """Seconds that a job must wait before it is tried, or None: run it, perhaps as the probe.

        `lasting`: seconds that it may take.
        """
        waiting = self._open.get(kind)
        if waiting is None:
            return None
        left = waiting.probe_at - time.monotonic()
        if left <= 0:
            seconds = (lasting or _PROBE) + _MARGIN
            with suppress(BackstayError):
                if await self._books.take_probe(kind, seconds):
                    self._probing[kind] = job_id
                    waiting.probe_at = time.monotonic() + seconds
                    return None
            left = _LOOK
        # While a probe is under way, it may end well long before its time is over.
        left = min(left, _wait_after(waiting.probes))
        return left + random.uniform(0, _SPREAD)  # noqa: S311 - so that they do not all come at once

    async def succeeded(self, kind: str, job_id: UUID) -> None:
        """A job has ended well; if it was the probe, the kind runs again."""
        self._budgets[kind].succeeded()
        if self._probing.get(kind) == job_id:
            del self._probing[kind]
            with suppress(BackstayError):
                await self._books.close(kind)
                await self._look()
                _log.info("the breaker of %s is closed: a job has ended well", kind)

    def undecided(self, kind: str, job_id: UUID) -> None:
        """A job came to neither end; if it was the probe, the next one is made when its time is over."""
        if self._probing.get(kind) == job_id:
            del self._probing[kind]

    async def failed(self, kind: str, job_id: UUID, error: str) -> None:
        """An attempt has failed and is to be made again: spend from the budget, and open at its end."""
        with suppress(BackstayError):
            if self._probing.get(kind) == job_id:
                del self._probing[kind]
                waiting = self._open.get(kind)
                await self._books.fail_probe(kind, error, waiting.probes if waiting is not None else 0)
                await self._look()
            elif not self._budgets[kind].retry() and kind not in self._open:
                if await self._books.open(kind, error):
                    told = "the breaker of %s is open: too many of its jobs fail, now with %s"
                    _log.warning(told, kind, error)
                await self._look()
