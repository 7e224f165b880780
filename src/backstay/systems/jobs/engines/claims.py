"""Handing out jobs: fairly among organizations, within limits and rates, for as long as their leases hold."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, UnitOfWork
from backstay.systems.jobs.engines.ground import Ground, json_text
from backstay.systems.jobs.engines.store import Claimed, Extension, LeaseKey
from backstay.systems.jobs.queries import claiming
from backstay.systems.jobs.queries.claiming import Limit, Picked

_FIRST: Final = UUID(int=0)
_MANY: Final = 64
"""Organizations in one claim from which on the next begins after them, so that all have their turn."""
_LIMITS_KEPT: Final = 0.5
"""Seconds that a node takes the queues' limits for known."""


class Claims(Ground):
    """The claiming part of `Store`."""

    def __init__(self, database: Database) -> None:
        """See `Ground`."""
        super().__init__(database)
        self._start = _FIRST
        self._limits: dict[str, Limit] = {}
        self._limits_until = -math.inf

    async def claim(self, worker: str, queues: Sequence[str], limit: int, lease: float) -> list[Claimed]:
        """Take ready jobs."""
        limits = await self._limited()
        free = [queue for queue in queues if queue not in limits]

        async def take(uow: UnitOfWork) -> list[Picked]:
            # PostgreSQL takes the number within the claim itself, without another round trip.
            number = await uow.one(claiming.NEXT_LEASE) if uow.dialect == "sqlite" else 0
            picked = await self._pick(uow, worker, free, limit, lease, number) if free else []
            for queue in queues:
                if queue in limits and len(picked) < limit:
                    room = limit - len(picked)
                    picked += await self._pick_limited(uow, worker, limits[queue], room, lease, number)
            return await self._within_rates(uow, picked)

        # SQLite's one writer is not taken for nothing; PostgreSQL would pay as much to look as to claim.
        if self._database.dialect == "sqlite":
            ready = await self._database.reader(SYSTEM).first(claiming.ANY_READY, queues=json_text(queues))
            if ready is None:
                return []
        return [
            _claimed(row) for row in sorted(await self._database.run(SYSTEM, take), key=lambda row: row.seq)
        ]

    async def _pick(
        self, uow: UnitOfWork, worker: str, queues: Sequence[str], limit: int, lease: float, number: int
    ) -> list[Picked]:
        picked: list[Picked] = []
        while True:
            found = await uow.all(
                claiming.CLAIM,
                queues=json_text(queues),
                start=self._start,
                limit=limit - len(picked),
                slack=2 * limit + 32,
                worker=worker,
                lease=number,
                seconds=lease,
                at=self._at(),
            )
            picked += found
            began, owners = self._start, {row.organization_id for row in found}
            self._start = max(owners) if len(owners) > _MANY else _FIRST
            if len(picked) >= limit or began == _FIRST:
                return picked

    async def _pick_limited(
        self, uow: UnitOfWork, worker: str, limited: Limit, room: int, lease: float, number: int
    ) -> list[Picked]:
        running = await uow.one(claiming.LOCK_QUEUE, queue=limited.queue)
        if limited.concurrency is not None:
            room = min(room, limited.concurrency - running)
        interval = 0.0
        if limited.rate is not None and limited.rate_seconds is not None:
            interval = limited.rate_seconds / limited.rate
            ahead = await uow.one(claiming.START_AHEAD, key=_queue_key(limited.queue), at=self._at())
            room = min(room, _free_starts(limited.rate_seconds, interval, ahead))
        if room <= 0:
            return []
        picked = await self._pick(uow, worker, [limited.queue], room, lease, number)
        if interval and picked:
            seconds = interval * len(picked)
            await uow.execute(claiming.BOOK_STARTS, key=_queue_key(limited.queue), seconds=seconds)
        return picked

    async def _within_rates(self, uow: UnitOfWork, picked: list[Picked]) -> list[Picked]:
        """Those that their rate keys let start; the others go back until there is a start for them."""
        by_key: dict[str, list[Picked]] = defaultdict(list)
        kept: list[Picked] = []
        for row in sorted(picked, key=lambda row: row.seq):
            if row.rate_key is None:
                kept.append(row)
            else:
                by_key[row.rate_key].append(row)
        for key in sorted(by_key):
            rows = by_key[key]
            count, period = rows[0].rate
            interval = period / count
            ahead = await uow.one(claiming.START_AHEAD, key=key, at=self._at())
            starts = _free_starts(period, interval, ahead)
            kept += rows[:starts]
            if starts and rows:
                await uow.execute(claiming.BOOK_STARTS, key=key, seconds=interval * min(starts, len(rows)))
            for turn, row in enumerate(rows[starts:], 1):
                wait = max(0.001, ahead + interval * (min(starts, len(rows)) + turn) - period)
                await uow.execute(claiming.PUT_OFF, seq=row.seq, seconds=wait, at=self._at())
        return kept

    async def _limited(self) -> dict[str, Limit]:
        now = self._bell.time()
        if now >= self._limits_until:
            found = await self._database.reader(SYSTEM).all(claiming.LIMITS)
            self._limits = {limit.queue: limit for limit in found}
            self._limits_until = now + _LIMITS_KEPT
        return self._limits

    async def extend(self, keys: Sequence[LeaseKey], lease: float) -> list[Extension]:
        """Move the ends of leases."""
        if not keys:
            return []

        async def move(uow: UnitOfWork) -> dict[UUID, bool]:
            found = await uow.all(claiming.EXTEND, keys=json_text(keys), seconds=lease, at=self._at())
            return {row.id: row.cancel_asked for row in found}

        held = await self._database.run(SYSTEM, move)
        return [Extension(key, held=key.id in held, cancel=held.get(key.id, False)) for key in keys]

    async def progress(self, key: LeaseKey, fraction: float) -> bool:
        """Note how far a running job is."""

        async def note(uow: UnitOfWork) -> int:
            return await uow.execute(claiming.PROGRESS, id=key.id, lease=key.lease, progress=fraction)

        return bool(await self._database.run(SYSTEM, note))


def _claimed(row: Picked) -> Claimed:
    return Claimed(
        id=row.id,
        lease=row.lease,
        organization_id=row.organization_id,
        actor_id=row.actor_id,
        kind=row.kind,
        queue=row.queue,
        payload=row.payload.encode(),
        attempt=row.attempt,
        max_attempts=row.max_attempts,
        crashes=row.crashes,
        order_key=row.lane.removeprefix("o:") if row.lane and row.lane.startswith("o:") else None,
        flow_id=row.flow_id,
        has_parents=row.flow_id is not None,
        traceparent=row.traceparent,
        created_at=row.created_at,
        due_at=row.run_at,
    )


def _free_starts(period: float, interval: float, ahead: float) -> int:
    """How many may start now under GCRA, the starts booked so far ending `ahead` seconds from now."""
    return max(0, math.floor((period - ahead) / interval + 1e-9))


def _queue_key(queue: str) -> str:
    return f"queue:{queue}"
