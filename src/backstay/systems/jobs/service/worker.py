"""The worker: claims jobs for its free places, runs them, and settles their ends in batches."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from backstay.kernel.backend import Backend
from backstay.kernel.errors import BackstayError
from backstay.systems.jobs.contracts import JobState
from backstay.systems.jobs.engines.store import Claimed, Extension, LeaseKey, Outcome, Store
from backstay.systems.jobs.service.context import JobContext
from backstay.systems.jobs.service.leases import LeaseKeeper
from backstay.systems.jobs.service.part import Jobs
from backstay.systems.jobs.service.running import Runner, actor_of
from backstay.systems.jobs.settings import JobsSettings

_log: Final = logging.getLogger("backstay.jobs")
_BATCH: Final = 200
"""Ends that are settled in one statement."""
_SWEEP: Final = 500
"""Jobs that one round of upkeep moves at most."""
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
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.queues = tuple(queues or settings.queues or jobs.registry.queues or ("default",))
        self._settings = settings
        self._backend = backend
        self._store = jobs.store
        self._concurrency = concurrency or settings.concurrency
        self._runner = Runner(backend, self._store, jobs.registry, concurrency=self._concurrency)
        self._leases = LeaseKeeper(open_store, self._on_extension, lease=settings.lease)
        self._places = asyncio.Semaphore(self._concurrency)
        # By claim, not by job: a job whose lease ran out may be claimed again by this very worker.
        self._tasks: dict[LeaseKey, asyncio.Task[None]] = {}
        self._contexts: dict[LeaseKey, JobContext] = {}
        self._reasons: dict[LeaseKey, str] = {}
        self._started: set[LeaseKey] = set()
        self._outcomes: list[Outcome] = []
        self._settling: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._stopping = asyncio.Event()
        self._away = False
        self.stale = 0
        """Ends that came too late, since the start."""

    @property
    def running(self) -> int:
        """Jobs in hand."""
        return len(self._tasks)

    async def run(self) -> None:
        """Work until `stop` is called and all is given back."""
        upkeep = asyncio.create_task(self._keep_up())
        try:
            await self._claim_for_ever()
            await self._finish()
        finally:
            upkeep.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await upkeep
            await self._leases.stop()
            await self._runner.close()

    def stop(self) -> None:
        """Claim no more; `run` returns once the jobs in hand have ended or are given back."""
        self._stopping.set()
        self._changed.set()
        for key, task in self._tasks.items():
            if key not in self._started:
                task.cancel()

    async def _claim_for_ever(self) -> None:
        most = self._concurrency + self._settings.prefetch
        while not self._stopping.is_set():
            free = most - len(self._tasks)
            # A claim for a few places costs as much as one for many: wait until it is worth it.
            if free < max(1, self._settings.prefetch // 2):
                self._changed.clear()
                await self._changed.wait()
                continue
            try:
                claimed = await self._store.claim(self.name, self.queues, free, self._settings.lease)
            except BackstayError as failure:
                await self._store_is_away(failure)
                continue
            except Exception:  # noqa: BLE001 - a bug in a claim must not end the worker for good
                _log.exception("claiming jobs failed")
                await asyncio.sleep(_AWAY)
                continue
            self._store_is_back()
            for one in claimed:
                self._begin(one)
            if len(claimed) < free:
                await self._wait_for_jobs()

    async def _wait_for_jobs(self) -> None:
        waiting = asyncio.create_task(self._store.wait(self.queues, self._settings.poll))
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in (waiting, stopping):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def _begin(self, claimed: Claimed) -> None:
        for key in [key for key in self._tasks if key.id == claimed.id]:
            self._lose(key)  # an earlier claim of the same job, whose lease ran out without our noticing
        context = JobContext(claimed, actor_of(claimed), self._backend.database, self._store)
        self._contexts[claimed.key] = context
        self._leases.begin(claimed.key)
        self._tasks[claimed.key] = asyncio.create_task(self._run_one(claimed, context))

    async def _run_one(self, claimed: Claimed, context: JobContext) -> None:
        outcome: Outcome | None
        try:
            async with self._places:
                self._started.add(claimed.key)
                outcome = await self._runner.run(claimed, context)
        except asyncio.CancelledError:
            match self._reasons.get(claimed.key):
                case "cancel":
                    outcome = Outcome(key=claimed.key, to=JobState.CANCELLED, note="cancelled while running")
                case "lost":
                    outcome = None
                case _:
                    note = "returned at shutdown"
                    outcome = Outcome(key=claimed.key, to=JobState.READY, spent=False, note=note)
        except Exception:  # noqa: BLE001 - a bug of ours must not keep the place; the lease will run out
            _log.exception("running a job failed: %s", claimed.kind)
            outcome = None
        if outcome is None:
            self._let_go(claimed.key)
        else:
            self._outcomes.append(outcome)
            if self._settling is None:
                self._settling = asyncio.create_task(self._settle())

    def _let_go(self, key: LeaseKey) -> None:
        self._contexts.pop(key, None)
        self._tasks.pop(key, None)
        self._reasons.pop(key, None)
        self._started.discard(key)
        self._leases.end(key)
        self._changed.set()

    async def _settle(self) -> None:
        """Settle what has ended, in batches; while one is under way the next gathers."""
        try:
            while self._outcomes:
                batch = self._outcomes[:_BATCH]
                try:
                    held = await self._store.settle(batch)
                except BackstayError as failure:
                    await self._store_is_away(failure)
                    continue
                del self._outcomes[: len(batch)]
                self.stale += held.count(False)
                for outcome in batch:
                    self._let_go(outcome.key)
        finally:
            self._settling = None

    def _on_extension(self, told: Extension) -> None:
        if not told.held:
            self._lose(told.key)
            return
        task = self._tasks.get(told.key)
        if task is None or told.key in self._reasons:
            return
        self._reasons[told.key] = "cancel"
        self._contexts[told.key].cancelled = True
        task.cancel()

    def _lose(self, key: LeaseKey) -> None:
        """The job is another claim's: what is done for it here ends and is not settled."""
        task = self._tasks.get(key)
        if task is None or self._reasons.get(key) == "lost":
            return
        self._reasons[key] = "lost"
        self._contexts[key].cancelled = True
        self.stale += 1
        task.cancel()

    async def _finish(self) -> None:
        """Let running jobs end until the soft deadline, then cancel them and give them back."""
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=self._settings.soft_deadline)
        left = [task for task in self._tasks.values() if not task.done()]
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=self._settings.hard_deadline)
        if self._settling is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._settling, self._settings.hard_deadline)

    async def _keep_up(self) -> None:
        """Promote, rescue and prune, about once a second, in whichever worker comes first."""
        while True:
            pause = 1.0
            try:
                swept = await self._store.sweep(_SWEEP)
                if swept.next_due is not None:
                    pause = min(pause, max(0.005, swept.next_due))
                if swept.promoted == _SWEEP:
                    pause = 0.0
            except BackstayError as failure:
                await self._store_is_away(failure)
            except Exception:  # noqa: BLE001 - as above
                _log.exception("the upkeep of jobs failed")
            await asyncio.sleep(pause * random.uniform(0.9, 1.1))  # noqa: S311 - so that workers spread

    async def _store_is_away(self, failure: BackstayError) -> None:
        if not self._away:
            self._away = True
            _log.warning("the job store does not answer: %s", failure.code)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), _AWAY)
            # Stopping, and nothing can be told to the store: the leases will run out.
            await asyncio.sleep(_AWAY)

    def _store_is_back(self) -> None:
        if self._away:
            self._away = False
            _log.info("the job store answers again")
