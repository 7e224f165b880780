"""The worker: claims jobs for its free places, runs them, and settles their ends in batches."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from uuid import UUID

from backstay.kernel.backend import Backend
from backstay.kernel.errors import BackstayError
from backstay.kernel.tasks import end
from backstay.systems.jobs.contracts import JobState
from backstay.systems.jobs.engines.store import Claimed, Extension, LeaseKey, Outcome, Store
from backstay.systems.jobs.service.context import JobContext
from backstay.systems.jobs.service.holding import InHand
from backstay.systems.jobs.service.leases import LeaseKeeper
from backstay.systems.jobs.service.part import Jobs
from backstay.systems.jobs.service.presence import name_of
from backstay.systems.jobs.service.running import Runner
from backstay.systems.jobs.service.upkeep import keep_up
from backstay.systems.jobs.settings import JobsSettings

_log: Final = logging.getLogger("backstay.jobs")
_BATCH: Final = 500
"""Ends that are settled in one statement."""
_GATHER: Final = 0.003
"""Seconds that ends wait for others while more jobs are in hand: their places are given away already."""
_CLAIM: Final = 200
"""Free places that are always worth a claim."""
_SILENCE: Final = 3.0
"""Seconds without an answer after which a claim counts as lost."""
_AWAY: Final = 1.0
"""Seconds before the store is tried again after it did not answer."""


class Worker:
    """One worker of this process."""

    def __init__(
        self,
        backend: Backend,
        open_store: Callable[[], Awaitable[Store]],
        *,
        queues: Sequence[str] = (),
        concurrency: int | None = None,
    ) -> None:
        """What is not given is the settings'; without queues, those of every declared kind."""
        settings = backend.settings.module(JobsSettings)
        jobs = backend.part(Jobs)
        self.name = name_of(os.getpid())
        self.queues = tuple(queues or settings.queues or jobs.registry.queues or ("default",))
        self._settings = settings
        self._backend = backend
        self._store = jobs.store
        self._concurrency = concurrency or settings.concurrency
        self._runner = Runner(backend, self._store, jobs.registry, concurrency=self._concurrency)
        self._leases = LeaseKeeper(open_store, self._on_extension, lease=settings.lease)
        self._places = self._concurrency
        """Free ones."""
        # By claim, not by job: a job whose lease ran out may be claimed again by this very worker.
        self._hands: dict[LeaseKey, InHand] = {}
        self._latest: dict[UUID, LeaseKey] = {}
        self._waiting: deque[InHand] = deque()
        self._outcomes: list[Outcome] = []
        self._settling: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._stopping = asyncio.Event()
        self._away = False
        self._asking: float | None = None
        """Since when a claim has been without an answer."""
        self.stale = 0
        """Ends that came too late, since the start."""

    @property
    def running(self) -> int:
        """Jobs in hand."""
        return len(self._hands)

    @property
    def healthy(self) -> bool:
        """Whether the store answers its claims."""
        return not self._away and (self._asking is None or time.monotonic() - self._asking < _SILENCE)

    async def run(self) -> None:
        """Work until `stop` is called and all is given back."""
        upkeep = keep_up(self._store, self._runner.look, self._store_is_away)
        asides = [asyncio.create_task(upkeep), asyncio.create_task(self._tell_of_itself())]
        try:
            await self._claim_for_ever()
            await self._finish()
        finally:
            await end(*asides)
            await self._leases.stop()
            await self._runner.close()

    def stop(self) -> None:
        """Claim no more; `run` returns once the jobs in hand have ended or are given back."""
        self._stopping.set()
        self._changed.set()
        self._give_back()

    async def _claim_for_ever(self) -> None:
        most = self._concurrency + self._settings.prefetch
        while not self._stopping.is_set():
            free = most - len(self._hands)
            # A claim for a few places costs as much as one for many: wait until it is worth it.
            if free < min(max(1, self._settings.prefetch // 2), _CLAIM):
                self._changed.clear()
                await self._changed.wait()
                continue
            self._asking = time.monotonic()
            try:
                lease = self._settings.lease
                claimed = await self._store.claim(self.name, self.queues, free, lease, eager=True)
            except BackstayError as failure:
                await self._store_is_away(failure)
                continue
            except Exception:  # noqa: BLE001 - a bug in a claim must not end the worker for good
                _log.exception("claiming jobs failed")
                await asyncio.sleep(_AWAY)
                continue
            finally:
                self._asking = None
            self._store_is_back()
            self._begin(claimed)
            if len(claimed) < free:
                await self._wait_for_jobs()

    async def _wait_for_jobs(self) -> None:
        waiting = asyncio.create_task(self._store.wait(self.queues, self._settings.poll))
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        await end(waiting, stopping)
        if not waiting.cancelled():
            waiting.result()

    def _begin(self, claimed: Sequence[Claimed]) -> None:
        begun = []
        for one in claimed:
            key = one.key
            earlier = self._latest.get(one.id)
            if earlier is not None and earlier != key:
                self._lose(earlier)  # its lease ran out without our noticing
            self._latest[one.id] = key
            context = JobContext(one, self._backend.database, self._store)
            begun.append(InHand(one, key, context))
            self._hands[key] = begun[-1]
        self._leases.begin([hand.key for hand in begun])
        self._waiting.extend(begun)
        if self._stopping.is_set():
            self._give_back()
        else:
            self._start()

    def _start(self) -> None:
        """Give the free places to those who wait."""
        while self._places > 0 and self._waiting:
            hand = self._waiting.popleft()
            self._places -= 1
            hand.task = asyncio.create_task(self._run_one(hand))

    def _give_back(self) -> None:
        """Return what no place was found for."""
        while self._waiting:
            self._interrupted(self._waiting.popleft())

    def _interrupted(self, hand: InHand) -> None:
        """What becomes of a claim whose job was not done, or not to its end."""
        match hand.reason:
            case "cancel":
                note = "cancelled while running"
                self._ended(hand, Outcome(key=hand.key, to=JobState.CANCELLED, note=note))
            case "lost":
                self._ended(hand, None)
            case _:
                note = "returned at shutdown"
                self._ended(hand, Outcome(key=hand.key, to=JobState.READY, spent=False, note=note))

    async def _run_one(self, hand: InHand) -> None:
        hand.begun = True
        try:
            if hand.reason:
                raise asyncio.CancelledError  # noqa: TRY301 - as if it had come while it ran
            outcome = await self._runner.run(hand.claimed, hand.context)
        except asyncio.CancelledError:
            self._interrupted(hand)
        except Exception:  # noqa: BLE001 - a bug of ours must not keep the place; the lease will run out
            _log.exception("running a job failed: %s", hand.claimed.kind)
            self._ended(hand, None)
        else:
            self._ended(hand, outcome)
        finally:
            self._places += 1
            self._start()

    def _ended(self, hand: InHand, outcome: Outcome | None) -> None:
        if outcome is None:
            self._let_go([hand.key])
            return
        self._outcomes.append(outcome)
        if self._settling is None:
            self._settling = asyncio.create_task(self._settle())

    def _let_go(self, keys: Sequence[LeaseKey]) -> None:
        for key in keys:
            hand = self._hands.pop(key, None)
            if hand is not None and self._latest.get(key.id) == key:
                del self._latest[key.id]
        self._leases.end(keys)
        self._changed.set()

    async def _settle(self) -> None:
        """Settle what has ended, in batches; while one is under way the next gathers."""
        try:
            while self._outcomes:
                if self._waiting and len(self._outcomes) < _CLAIM:
                    await asyncio.sleep(_GATHER)
                batch = self._outcomes[:_BATCH]
                try:
                    held = await self._store.settle(batch)
                except BackstayError as failure:
                    await self._store_is_away(failure)
                    continue
                del self._outcomes[: len(batch)]
                self.stale += held.count(False)
                self._let_go([outcome.key for outcome in batch])
        finally:
            self._settling = None

    def _on_extension(self, told: Extension) -> None:
        if not told.held:
            self._lose(told.key)
            return
        self._stop_one(told.key, "cancel")

    def _lose(self, key: LeaseKey) -> None:
        """The job is another claim's: what is done for it here ends and is not settled."""
        if self._stop_one(key, "lost"):
            self.stale += 1

    def _stop_one(self, key: LeaseKey, reason: str) -> bool:
        """End the work for a claim, for this reason; False when it ends for it, or a graver one, already."""
        hand = self._hands.get(key)
        if hand is None or hand.reason in (reason, "lost"):
            return False
        hand.reason = reason
        hand.interrupt()
        if hand.task is None:
            self._waiting.remove(hand)
            self._interrupted(hand)
        return True

    async def _finish(self) -> None:
        """Let running jobs end until the soft deadline, then cancel them and give them back."""
        self._give_back()
        if working := self._at_work():
            await asyncio.wait(working, timeout=self._settings.soft_deadline)
        for hand in self._hands.values():
            hand.reason = hand.reason or "stopping"
            hand.interrupt()
        if working := self._at_work():
            await asyncio.wait(working, timeout=self._settings.hard_deadline)
        if (settling := self._settling) is not None:
            await asyncio.wait([settling], timeout=self._settings.hard_deadline)
            await end(settling)

    def _at_work(self) -> list[asyncio.Task[None]]:
        return [hand.task for hand in self._hands.values() if hand.task is not None and not hand.task.done()]

    async def _tell_of_itself(self) -> None:
        """Signs of life, as long as it works and while it finishes."""
        presence = self._backend.part(Jobs).presence
        await presence.live(
            self.name,
            queues=self.queues,
            places=self._concurrency,
            running=lambda: self.running,
            lease=self._settings.lease,
        )

    async def _store_is_away(self, failure: BackstayError) -> None:
        if not self._away:
            self._away = True
            _log.warning("the job store does not answer: %s", failure.code)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_AWAY):
                await self._stopping.wait()
            # Stopping, and nothing can be told to the store: the leases will run out.
            await asyncio.sleep(_AWAY)

    def _store_is_back(self) -> None:
        if self._away:
            self._away = False
            _log.info("the job store answers again")
