"""Claiming: one statement where nothing is limited, a locked choice where something is."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, Statement, UnitOfWork
from backstay.kernel.errors import BackstayError
from backstay.kernel.ids import uuid7
from backstay.systems.jobs.engines.sql_crowd import FRONT, Crowd, arguments
from backstay.systems.jobs.engines.sql_rows import SECOND
from backstay.systems.jobs.queries import claiming
from backstay.systems.jobs.queries.claiming import QueueRow, RateUse, Usage
from backstay.systems.jobs.queries.rows import JobRow, TakenRow

_LOOK_AGAIN: Final = 0.1
"""Seconds for which "nothing is limited here" is believed; a limited job waits that long at most."""
Arguments = Callable[[Statement[Any], dict[str, Any]], dict[str, Any]]


class Limits:
    """What queues, concurrency keys and rates leave room for, counted while nobody else claims by them."""

    def __init__(
        self,
        rules: Sequence[QueueRow],
        *,
        running: Sequence[Usage],
        busy: Sequence[Usage],
        started: Sequence[RateUse],
    ) -> None:
        self._rules = {rule.queue: rule for rule in rules}
        self._running = Counter({use.key: use.taken for use in running})
        self._busy = Counter({use.key: use.taken for use in busy})
        self._started = Counter(use.key for use in started)
        self.full_keys: set[str] = set()
        self.full_rates: set[str] = set()
        self._full_queues: set[str] = set()
        self.starts: list[tuple[str, float]] = []
        """Starts to be written down: rate and seconds for which each counts."""
        self.limited = [
            rule.queue for rule in rules if rule.rate_count is not None or rule.concurrency is not None
        ]

    def open(self, queues: Sequence[str]) -> list[str]:
        """Those that are neither paused nor full."""
        paused = {rule.queue for rule in self._rules.values() if rule.paused}
        return [queue for queue in queues if queue not in paused | self._full_queues]

    def admit(self, row: JobRow) -> bool:
        """Whether the job may start; if so, it is counted."""
        rule = self._rules.get(row.queue)
        queue_rate, key_rate = f"q:{row.queue}", f"k:{row.rate_key}"
        rated = rule is not None and rule.rate_count is not None
        if _reached(None if rule is None else rule.concurrency, self._busy[row.queue]) or _reached(
            None if rule is None else rule.rate_count, self._started[queue_rate]
        ):
            self._full_queues.add(row.queue)
            return False
        if row.concurrency_key is not None and _reached(row.concurrency, self._running[row.concurrency_key]):
            self.full_keys.add(row.concurrency_key)
            return False
        if row.rate_key is not None and _reached(row.rate_count, self._started[key_rate]):
            self.full_rates.add(row.rate_key)
            return False
        self._busy[row.queue] += 1
        if row.concurrency_key is not None:
            self._running[row.concurrency_key] += 1
        if rule is not None and rated:
            self._start(queue_rate, rule.rate_seconds)
        if row.rate_key is not None:
            self._start(key_rate, row.rate_seconds)
        return True

    def _start(self, key: str, seconds: float | None) -> None:
        self._started[key] += 1
        self.starts.append((key, seconds or 0.0))


def _reached(limit: int | None, taken: int) -> bool:
    return limit is not None and taken >= limit


class Claims:
    """The claims of one process; remembers whom it served last."""

    def __init__(self, database: Database, arguments: Arguments) -> None:
        self._database = database
        self._arguments = arguments
        self.crowd = Crowd(database)
        self._spin = UUID(int=0)
        self._free_until = 0.0
        self.unfinished = False
        """Whether the last claim may have left ready jobs although there was room."""

    def expect_limits(self) -> None:
        """Something limited was added: look before the next claim."""
        self._free_until = 0.0

    async def claim(
        self, worker: str, queues: Sequence[str], limit: int, lease: float, *, eager: bool = False
    ) -> list[TakenRow]:
        """Take up to `limit` jobs; most urgent first, oldest first within an organization.

        `eager`: what the first statement finds, and `unfinished` unless that was all there is.
        """
        self.unfinished = False
        names = list(dict.fromkeys(queues))
        if limit < 1 or not names:
            return []
        terms = {"worker": worker, "queues": names, "lease": round(lease * SECOND)}
        if time.monotonic() >= self._free_until:
            if await self._limited(names):
                return await self._database.run(SYSTEM, lambda uow: self._choose(uow, terms, limit))
            self._free_until = time.monotonic() + _LOOK_AGAIN
        await self.crowd.look()
        taken: list[TakenRow] = []
        while len(taken) < limit:
            place, began = self.crowd.begin(names), time.monotonic()
            given = {**terms, **arguments(place), "limit": limit - len(taken), "least": 0, "spin": self._spin}
            try:
                got = await self._take(given)
            except BackstayError:
                if not taken:
                    raise
                break  # what was taken is in hand; the next claim says that the store is away
            self.crowd.note(names, place, time.monotonic() - began, got)
            taken += got
            if not got:
                break
            if eager and len(taken) < limit:
                self.unfinished = True
                self._spin = taken[-1].organization_id
                return taken
            self._spin = max(row.organization_id for row in got)
        if taken:
            self._spin = taken[-1].organization_id
        if len(taken) < limit:
            with suppress(*((BackstayError,) if taken else ())):
                taken += await self._take_limited(names, terms, limit - len(taken))
        return taken

    async def _take_limited(self, names: Sequence[str], terms: dict[str, Any], rest: int) -> list[TakenRow]:
        if not await self._limited(names):
            return []
        self.expect_limits()
        return await self._database.run(SYSTEM, lambda uow: self._choose(uow, terms, rest))

    async def _limited(self, queues: Sequence[str]) -> bool:
        reader = self._database.reader(SYSTEM)
        found = await reader.one(claiming.LIMITED, queues=list(queues))
        return found == 1

    async def _take(self, given: dict[str, Any]) -> list[TakenRow]:
        if self._database.dialect == "postgresql":
            got = await self._database.once(SYSTEM, claiming.CLAIM, **self._arguments(claiming.CLAIM, given))
        else:
            got = await self._database.run(SYSTEM, lambda uow: self._take_numbered(uow, given))
        return sorted(got, key=lambda row: (row.priority, row.id))

    async def _take_numbered(self, uow: UnitOfWork, given: dict[str, Any]) -> list[TakenRow]:
        count = given["limit"]
        base = await uow.one(claiming.NEXT_LEASES, count=count) - count
        return await uow.all(claiming.CLAIM, **self._arguments(claiming.CLAIM, {**given, "base": base}))

    async def _choose(self, uow: UnitOfWork, terms: dict[str, Any], limit: int) -> list[TakenRow]:
        """Take what no limit forbids; alone at it, so that what is counted stays true until the commit."""

        async def ask(statement: Statement[Any], **given: Any) -> list[Any]:
            return await uow.all(statement, **self._arguments(statement, given))

        await ask(claiming.LOCK_LIMITS)
        limits = Limits(
            await ask(claiming.QUEUES),
            running=await ask(claiming.RUNNING_BY_KEY),
            busy=await ask(claiming.RUNNING_BY_QUEUE),
            started=await ask(claiming.STARTS),
        )
        free = await ask(
            claiming.PEEK,
            queues=limits.open(terms["queues"]),
            limit=limit,
            least=0,
            spin=self._spin,
            **arguments(FRONT),
        )
        chosen: list[JobRow] = []
        seen: set[UUID] = set()
        while len(chosen) < limit:
            window = await ask(
                claiming.GATED,
                open=limits.open(terms["queues"]),
                limited=limits.limited,
                full_keys=sorted(limits.full_keys),
                full_rates=sorted(limits.full_rates),
            )
            fresh = [row for row in [*window, *free] if row.id not in seen]
            seen.update(row.id for row in fresh)
            for row in _in_turn(fresh):
                if len(chosen) < limit and limits.admit(row):
                    chosen.append(row)
            if not fresh:
                break
        if not chosen:
            return []
        for key, seconds in limits.starts:
            await uow.execute(
                claiming.NOTE_START,
                **self._arguments(
                    claiming.NOTE_START, {"id": uuid7(), "key": key, "seconds": round(seconds * SECOND)}
                ),
            )
        given = {**terms, "ids": [str(row.id) for row in chosen]}
        if self._database.dialect == "sqlite":
            given["base"] = await uow.one(claiming.NEXT_LEASES, count=len(chosen)) - len(chosen)
        got = await ask(claiming.CLAIM_IDS, **given)
        return sorted(got, key=lambda row: (row.priority, row.id))


def _in_turn(rows: Sequence[JobRow]) -> list[JobRow]:
    """By priority; within one, organizations in turn, each by age."""
    turns: Counter[tuple[int, UUID]] = Counter()
    ranked = []
    for row in sorted(rows, key=lambda row: (row.priority, row.id)):
        turn = turns[row.priority, row.organization_id]
        turns[row.priority, row.organization_id] += 1
        ranked.append((row.priority, turn, row.id, row))
    return [row for *_, row in sorted(ranked, key=lambda one: one[:3])]
