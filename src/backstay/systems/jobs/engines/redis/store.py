"""The job engine on Redis, as `engines.store.Store`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from backstay.kernel.actor import SYSTEM
from backstay.kernel.clock import Clock
from backstay.kernel.database import Database, UnitOfWork
from backstay.systems.jobs.contracts import Durability, JobState, Promises, Receipt
from backstay.systems.jobs.engines.redis import format as formats
from backstay.systems.jobs.engines.redis.address import Address, RedisUnfit, inspect
from backstay.systems.jobs.engines.redis.asking import Asking
from backstay.systems.jobs.engines.redis.filling import fill
from backstay.systems.jobs.engines.redis.looking import Looking
from backstay.systems.jobs.engines.redis.outbox import forget_effects, keep_plain, keep_unique, refuse_unknown
from backstay.systems.jobs.engines.redis.relay import Relay
from backstay.systems.jobs.engines.redis.scripts import Argument, Scripts, told_as_ours
from backstay.systems.jobs.engines.redis.waker import Waker
from backstay.systems.jobs.engines.store import (
    Claimed,
    Extension,
    LeaseKey,
    NewJob,
    Outcome,
    Swept,
)
from backstay.systems.jobs.errors import StaleLease, StoreUnavailable, UnknownParent
from backstay.systems.jobs.queries import changing, upkeep

_log: Final = logging.getLogger("backstay.jobs")

FINISH: Final = 10.0
"""Seconds that a handler's unit has for its commit once its lease was looked at."""

_LIMITS: Final = (
    "Jobs are kept in the database's commit and then moved to Redis: what Redis loses after that is lost.",
    "A handler's own commit and its job's end are two steps: a crash between them runs the job again.",
    "A delay counts from the moment the relay brings the job, not from the commit.",
    "Two units that race for a unique key may both be told that theirs was created; one job runs.",
    "Jobs of one order key that were committed by units which ran at the same time may swap.",
    "On a cluster all keys lie in one slot, so one node does all the work.",
)


class RedisStore(Asking, Looking):
    """Jobs in one Redis, under one prefix."""

    def __init__(self, url: str, database: Database, *, clock: Clock | None = None) -> None:
        """Connects at the first use.

        Args:
            url: `redis://host:6379/0?prefix=backstay`.
            database: where jobs wait for the relay.
            clock: takes the place of the server's own clock; for tests alone.

        Raises:
            ValueError: the URL names no Redis.
        """
        self.address = Address.parse(url)
        self._client = self.address.connect()
        super().__init__(Scripts(self._client, self.address.keys, clock))
        self._database = database
        self._waker = Waker(self._client, self.address.keys)
        self.relay = Relay(database, self._scripts)
        self._inspected = False
        self.promises = _promises(Durability.MEMORY)

    async def check(self) -> None:
        """Ask the server what it can promise; at start, and until it was asked once.

        Raises:
            RedisUnfit: it would lose jobs.
            StoreUnavailable: it does not answer.
        """
        with told_as_ours():
            self.promises = _promises(await inspect(self._client))
        self._inspected = True

    async def promised(self) -> Promises:
        """What it promises as the server is set now; the least where that has become unfit since the start.

        Raises:
            StoreUnavailable: it does not answer.
        """
        try:
            await self.check()
        except RedisUnfit as unfit:
            return replace(_promises(Durability.MEMORY), limits=(*_LIMITS, str(unfit)))
        return self.promises

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Relay jobs as long as the block lasts; a server that is not fit for jobs stops the start.

        Raises:
            RedisUnfit: it would lose jobs.
            StoreUnavailable: it does not answer.
        """
        await self.check()
        async with self.relay.running():
            yield

    def healthy(self) -> bool:
        """Whether the listening connection and the relay work; the former is asked on its own wire."""
        return self._waker.healthy() and self.relay.healthy

    async def enqueue(self, uow: UnitOfWork, jobs: Sequence[NewJob]) -> list[Receipt]:
        """Keep jobs in the unit's transaction; the relay brings them to Redis after its commit.

        Raises:
            UnknownParent: the organization has no job that one of these depends on.
        """
        if not jobs:
            return []
        durability = await self._durability_in(uow)
        await refuse_unknown(uow, await self._strangers(jobs))
        holders = await self._holders([job for job in jobs if job.unique_key is not None])
        receipts: list[Receipt] = []
        plain: list[NewJob] = []
        for job in jobs:
            if job.unique_key is None:
                plain.append(job)
                receipts.append(Receipt(job.id, True, durability))
                continue
            holder = holders.get((job.organization_id, job.unique_key))
            if holder is None:
                # Those before it go first: parents before children, an order key's jobs in their order.
                await keep_plain(uow, plain)
                plain.clear()
                holder = await keep_unique(uow, job)
            receipts.append(Receipt(holder, holder == job.id, durability))
        await keep_plain(uow, plain)
        uow.after_commit(self.relay.wake)
        return receipts

    async def enqueue_now(self, jobs: Sequence[NewJob]) -> list[Receipt]:
        """Keep jobs in Redis at once, for callers without a transaction; all or nothing for each 250.

        Raises:
            UnknownParent: as `enqueue`.
            StoreUnavailable: Redis does not answer; give the same jobs again, none is kept twice.
        """
        durability = await self._durability()
        if strangers := await self._strangers(jobs):
            raise UnknownParent(str(strangers[0][1]))
        return await fill(self._scripts, jobs, durability)

    async def claim(
        self, worker: str, queues: Sequence[str], limit: int, lease: float, *, eager: bool = False
    ) -> list[Claimed]:
        """Take up to `limit` ready jobs: by priority, fairly among organizations, oldest first."""
        del eager  # the script finds all there is
        self._waker.looked(queues)
        arguments: list[Argument] = [worker, limit, round(lease * formats.MICRO), *queues]
        taken = formats.claimed(await self._scripts.call("claim", arguments))
        if len(taken) == limit:
            for queue in queues:
                # There may be more than it asked for: somebody else of this process may take it.
                self._waker.tell(queue)
        return taken

    async def extend(self, keys: Sequence[LeaseKey], lease: float) -> list[Extension]:
        """Move the ends of leases to `lease` seconds from now."""
        pairs: list[Argument] = []
        for key in keys:
            pairs += (key.id.hex, key.lease)
        answers = await self._scripts.call("extend", [round(lease * formats.MICRO), *pairs])
        return [
            Extension(key, held=answer > 0, cancel=answer == 2)
            for key, answer in zip(keys, answers, strict=True)
        ]

    async def settle(self, outcomes: Sequence[Outcome]) -> list[bool]:
        """End claims; False for a stale one."""
        if not outcomes:
            return []
        return [bool(done) for done in await self._scripts.call("settle", [formats.outcomes_of(outcomes)])]

    async def settle_in(self, uow: UnitOfWork, outcome: Outcome) -> None:
        """Look that the lease holds, and long enough for the commit; end the claim after it.

        Raises:
            StaleLease: the lease is another's; the unit must roll back.
        """
        await self.check_in(uow, outcome.key)
        uow.after_commit(lambda: self._settle_soon(outcome))

    async def check_in(self, uow: UnitOfWork, key: LeaseKey) -> None:
        """Look that the lease holds, and make it last for a commit that follows within seconds.

        Raises:
            StaleLease: it is another's; the unit must roll back.
        """
        del uow  # Redis cannot be part of its commit
        (extension,) = await self.extend([key], FINISH)
        if not extension.held:
            await self.settle([Outcome(key=key, to=JobState.COMPLETED)])  # changes nothing, and is counted
            raise StaleLease

    async def once_in(self, uow: UnitOfWork, job_id: UUID, effect: str) -> bool:
        """Note an effect in the unit's own transaction, in the database."""
        return await uow.first(upkeep.ONCE, job_id=job_id, effect=effect) is not None

    async def progress(self, key: LeaseKey, fraction: float) -> bool:
        """Note how far a running job is."""
        return bool(await self._scripts.call("progress", [key.id.hex, key.lease, fraction]))

    async def sweep(self, limit: int) -> Swept:
        """Promote what is due, rescue expired leases, prune."""
        promoted, rescued, quarantined, pruned, soonest = await self._scripts.call(
            "sweep", [limit, formats.CRASHED]
        )
        if pruned:
            ids = [UUID(one.decode()) for one in pruned]
            await self._database.run(SYSTEM, partial(forget_effects, ids=ids))
        next_due = None if soonest == b"" else soonest / formats.MICRO
        return Swept(promoted, rescued, quarantined, len(pruned), next_due)

    async def wait(self, queues: Sequence[str], seconds: float) -> None:
        """Return when a job may be ready in one of the queues, or after `seconds`."""
        await self._waker.wait(queues, seconds)

    async def cancel(self, organization_id: UUID, job_id: UUID) -> JobState | None:
        """End a live job, or ask its worker to."""
        state = await self._scripts.call("cancel", [organization_id.hex, job_id.hex])
        return JobState(state.decode()) if state else None

    async def pause(self, queue: str, *, paused: bool) -> None:
        """Stop or go on handing out a queue's jobs, on every node."""
        await self._scripts.call("pause", [queue, int(paused)])

    async def limit(self, queue: str, *, rate: tuple[int, float] | None, concurrency: int | None) -> None:
        """Set how many of a queue's jobs may start in a time, and run at once."""
        many, seconds = rate or (0, 0.0)
        await self._scripts.call("limit", [queue, many, round(seconds * formats.MICRO), concurrency or 0])

    async def close(self) -> None:
        """Let the claims of committed units end, and give back connections."""
        await self._settled()
        await self._waker.close()
        await self._client.aclose()

    def _settle_soon(self, outcome: Outcome) -> None:
        task = asyncio.get_running_loop().create_task(self._settle_committed(outcome))
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)

    async def _settle_committed(self, outcome: Outcome) -> None:
        try:
            await self.settle([outcome])
        except StoreUnavailable as error:
            # The lease runs out and the job runs again; `once` keeps its effects in the database single.
            _log.warning("a job's end did not reach Redis: %s", type(error).__name__)

    async def _durability(self) -> Durability:
        if not self._inspected:
            try:
                await self.check()
            except StoreUnavailable:
                # The unit can commit all the same; the least is promised.
                return Durability.MEMORY
        return self.promises.durability

    async def _durability_in(self, uow: UnitOfWork) -> Durability:
        """The lesser of the two: until the relay has moved a job, it is the database's."""
        durability = await self._durability()
        if uow.dialect == "sqlite":
            return durability  # its commits are on disk
        present = await uow.one(changing.PRESENT, at=None)
        return min(durability, present.durability, key=tuple(Durability).index)


def _promises(durability: Durability) -> Promises:
    return Promises(
        engine="redis",
        transactional="relayed",
        transactional_finish=False,
        durability=durability,
        limits=_LIMITS,
    )
