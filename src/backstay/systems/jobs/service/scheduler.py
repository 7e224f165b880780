"""The scheduler: fires the ticks that are due. Any number may run; a tick is fired once all the same."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import socket
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from backstay.kernel.errors import BackstayError
from backstay.systems.jobs.queries.scheduling import ScheduleRow
from backstay.systems.jobs.service.agenda import Agenda
from backstay.systems.jobs.service.books import moment
from backstay.systems.jobs.service.schedules import Schedule

_log: Final = logging.getLogger("backstay.jobs")
LEASE: Final = 10.0
"""Seconds after which the schedules of a process that died are another's."""
_RENEW: Final = 3.0
"""Seconds between its signs of life."""
_LOOK: Final = 1.0
"""Seconds between looks at the books at most: how late a pause is noticed."""
_PRUNE: Final = timedelta(hours=1)


class Scheduler:
    """One process's scheduler."""

    def __init__(self, agenda: Agenda, *, holder: str | None = None) -> None:
        """`holder` names it to others; host, process and a random part when not given."""
        self._agenda = agenda
        self.holder = holder or f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:6]}"
        self._looked: dict[str, datetime] = {}
        """Up to when each schedule's ticks were fired by this process, while it holds it."""
        self._next: dict[str, datetime | None] = {}
        self._pruned: dict[str, datetime] = {}
        self._renew_at: datetime | None = None
        self._known = False
        self._away = False

    async def run(self) -> None:
        """Fire ticks until cancelled; then leave the schedules to others at once."""
        if not self._agenda.schedules:
            return
        try:
            while True:
                pause = await self._try_round()
                await asyncio.sleep(pause)
        finally:
            with contextlib.suppress(BackstayError):
                await self._agenda.let_go(self.holder)

    async def _try_round(self) -> float:
        try:
            pause = await self.round()
        except BackstayError as failure:
            # Leadership may have passed to another meanwhile: begin as if just started.
            self._looked.clear()
            self._renew_at = None
            if not self._away:
                self._away = True
                _log.warning("the schedules' database does not answer: %s", failure.code)
            return _LOOK
        if self._away:
            self._away = False
            _log.info("the schedules' database answers again")
        return pause

    async def round(self) -> float:
        """Fire what is due now; the seconds until something may be due again."""
        if not self._known:
            await self._agenda.register()
            self._known = True
        rows = await self._agenda.look()
        if not rows:
            self._known = False  # the books were emptied under us
            return 0.0
        now = moment(rows[0].now)
        held = await self._hold(rows, now)
        pause = _LOOK
        for row in rows:
            if row.name not in held:
                self._looked.pop(row.name, None)
                continue
            schedule = self._agenda.schedule(row.name)
            if not row.paused:
                await self._fire_due(schedule, moment(row.floor), now)
            following = self._following(schedule, now)
            if following is not None:
                pause = min(pause, (following - now).total_seconds())
            await self._prune(schedule.name, now)
        # A millisecond more than the tick's own moment, so that it is due when we look.
        return max(0.0, pause) + 0.001

    async def _hold(self, rows: list[ScheduleRow], now: datetime) -> set[str]:
        held = {row.name for row in rows if row.holder == self.holder and row.held_until is not None}
        held -= {row.name for row in rows if row.held_until is not None and moment(row.held_until) <= now}
        free = any(row.held_until is None or moment(row.held_until) <= now for row in rows)
        if free or (held and (self._renew_at is None or now >= self._renew_at or now < self._renewed())):
            self._renew_at = now + timedelta(seconds=_RENEW)
            held = await self._agenda.hold(self.holder, LEASE)
        return held

    def _renewed(self) -> datetime:
        assert self._renew_at is not None
        return self._renew_at - timedelta(seconds=_RENEW)

    async def _fire_due(self, schedule: Schedule, floor: datetime, now: datetime) -> None:
        since = max(floor, now - schedule.catch_up)
        looked = self._looked.get(schedule.name)
        if looked is not None and looked <= now:
            since = max(since, looked)
            fired: set[datetime] = set()
        else:
            # Just taken over, or the clock was set back: what others (or we) fired is in the books.
            fired = await self._agenda.fired(schedule, since)
            self._next.pop(schedule.name, None)
        for tick in schedule.between(since, now):
            if tick not in fired:
                receipt = await self._agenda.fire(schedule, tick)
                if receipt is not None and not receipt.created:
                    _log.info("%s: skipped a tick, an earlier job is still there", schedule.name)
        self._looked[schedule.name] = now

    def _following(self, schedule: Schedule, now: datetime) -> datetime | None:
        known = self._next.get(schedule.name)
        if known is None or known <= now:
            known = self._next[schedule.name] = schedule.next(now)
        return known

    async def _prune(self, name: str, now: datetime) -> None:
        if now - self._pruned.get(name, now - _PRUNE) >= _PRUNE * random.uniform(0.9, 1.0):  # noqa: S311 - so that processes spread
            self._pruned[name] = now
            await self._agenda.prune(name)
