"""Running one claimed job: from its bytes to the outcome that the store is told."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import msgspec

from backstay.kernel.backend import Backend
from backstay.kernel.database import CommitFailed, CommitUnknown, DatabaseUnavailable, UnitOfWork
from backstay.kernel.errors import BackstayError
from backstay.kernel.observation import Record, current_record
from backstay.kernel.telemetry import scrubbed
from backstay.systems.jobs.contracts import JobError, JobState
from backstay.systems.jobs.engines.store import Claimed, Outcome, Store
from backstay.systems.jobs.errors import Snooze, StaleLease
from backstay.systems.jobs.service.breakers import Gate
from backstay.systems.jobs.service.context import JobContext
from backstay.systems.jobs.service.handling import JobHandler
from backstay.systems.jobs.service.part import Jobs
from backstay.systems.jobs.service.processes import Died, Processes
from backstay.systems.jobs.service.registry import Registry
from backstay.systems.jobs.service.retrying import backoff_delay

_log: Final = logging.getLogger("backstay.jobs")
_TRACE: Final = 4000
"""Characters of a traceback that are kept."""


class Runner:
    """Runs jobs, many at a time."""

    def __init__(self, backend: Backend, store: Store, registry: Registry, *, concurrency: int) -> None:
        """`concurrency`: as many threads and processes at most."""
        self._backend = backend
        self._store = store
        self._registry = registry
        self._gate = Gate(backend.part(Jobs).breakers)
        self._threads = ThreadPoolExecutor(concurrency, thread_name_prefix="job")
        self._processes = Processes(concurrency)

    async def run(self, claimed: Claimed, context: JobContext) -> Outcome | None:
        """The outcome to settle, or None when the handler's own commit has settled it, or it is stale."""
        handler = self._registry.handler(claimed.kind)
        if handler is None:
            return self._dead(claimed, JobError("unknown_kind", f"no module here handles {claimed.kind}"))
        try:
            job = handler.decode(claimed.payload)
        except msgspec.MsgspecError as failure:
            return self._dead(claimed, JobError("undecodable", str(failure)))
        if handler.options.breaker:
            wait = await self._gate.wait_of(claimed.kind, claimed.id, handler.options.timeout)
            if wait is not None:
                note = "too many jobs of this kind fail: it waits for a try to end well"
                return Outcome(key=claimed.key, to=JobState.SCHEDULED, delay=wait, spent=False, note=note)
        observers = self._backend.observers
        record = _record_of(claimed) if observers else None
        token = current_record.set(record)
        try:
            outcome = await self._attempt(handler, job, claimed, context)
        finally:
            current_record.reset(token)
            if record is not None:
                record.end()
        if record is not None:
            failed = outcome is not None and outcome.error is not None
            record.status = 500 if failed else 200
            record.error = outcome.error.kind if outcome is not None and outcome.error is not None else None
            for observe in observers:
                try:
                    observe(record)
                except Exception:  # noqa: BLE001 - an observer's bug is not the job's
                    _log.exception("an observer of jobs failed")
        return outcome

    async def look(self) -> None:
        """Learn which kinds wait."""
        await self._gate.look()

    async def _attempt(
        self, handler: JobHandler[Any], job: Any, claimed: Claimed, context: JobContext
    ) -> Outcome | None:
        try:
            async with asyncio.timeout(handler.options.timeout):
                if handler.wants_uow:
                    work = functools.partial(self._in_unit, handler, job, claimed, context)
                    await self._backend.database.run(context.actor, work)
                    await self._gate.succeeded(claimed.kind, claimed.id)
                    return None
                result = await self._call(handler, job, context, None)
            outcome = Outcome(key=claimed.key, to=JobState.COMPLETED, result=_encoded(result))
        except StaleLease:
            return None
        except Snooze as wanted:
            self._gate.undecided(claimed.kind, claimed.id)
            return Outcome(
                key=claimed.key, to=JobState.SCHEDULED, delay=wanted.seconds, spent=False, note=wanted.note
            )
        except (DatabaseUnavailable, CommitUnknown, CommitFailed) as failure:
            # The store's fault: no attempt is counted. If the commit did happen, this outcome is stale.
            _log.warning("a job waits for the store: %s: %s", claimed.kind, failure.code)
            note = "the store was away"
            return Outcome(key=claimed.key, to=JobState.SCHEDULED, delay=1.0, spent=False, note=note)
        except TimeoutError as failure:
            return await self._retry(handler, claimed, JobError("timeout", str(failure) or "took too long"))
        except Died as failure:
            return await self._retry(handler, claimed, JobError("crashed", str(failure)))
        except Exception as failure:  # noqa: BLE001 - whatever a handler raises is its job's failure
            return await self._failed(handler, claimed, failure)
        await self._gate.succeeded(claimed.kind, claimed.id)
        return outcome

    async def _in_unit(
        self,
        handler: JobHandler[Any],
        job: Any,
        claimed: Claimed,
        context: JobContext,
        uow: UnitOfWork,
    ) -> None:
        """The handler's effects and its job's end, in one commit."""
        result = await self._call(handler, job, context, uow)
        outcome = Outcome(key=claimed.key, to=JobState.COMPLETED, result=_encoded(result))
        await self._store.settle_in(uow, outcome)

    async def _call(
        self, handler: JobHandler[Any], job: Any, context: JobContext, uow: UnitOfWork | None
    ) -> Any:
        if handler.options.runs_on == "process":
            return await self._processes.call(handler, job)
        arguments: dict[str, Any] = {}
        for name, kind in handler.given.items():
            match kind:
                case "job":
                    arguments[name] = job
                case "uow":
                    arguments[name] = uow
                case "reader":
                    arguments[name] = self._backend.database.reader(context.actor)
                case "context":
                    arguments[name] = context
                case "stop":
                    arguments[name] = context.stop
                case _:
                    arguments[name] = self._backend
        if handler.options.runs_on == "thread":
            return await self._on_thread(handler, arguments, context)
        return await handler.call(**arguments)

    async def _on_thread(
        self, handler: JobHandler[Any], arguments: dict[str, Any], context: JobContext
    ) -> Any:
        call = functools.partial(handler.call, **arguments)
        work = asyncio.get_running_loop().run_in_executor(self._threads, call)
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            context.stop.request()
            if "stop" in handler.given.values():
                # It said that it will look: its place is not given to another before it has ended.
                await asyncio.wait([work])
            else:
                work.cancel()
            raise

    async def _failed(self, handler: JobHandler[Any], claimed: Claimed, failure: Exception) -> Outcome:
        code = failure.code if isinstance(failure, BackstayError) else type(failure).__name__
        trace = "".join(traceback.format_exception(failure))[-_TRACE:]
        _log.warning("a job failed: %s, attempt %d: %s", claimed.kind, claimed.attempt, code)
        error = JobError(code, scrubbed(str(failure)[:1000]), scrubbed(trace))
        return await self._retry(handler, claimed, error)

    async def _retry(self, handler: JobHandler[Any], claimed: Claimed, error: JobError) -> Outcome:
        if claimed.attempt >= claimed.max_attempts:
            return self._dead(claimed, error)
        if handler.options.breaker:
            await self._gate.failed(claimed.kind, claimed.id, error.kind)
        delay = backoff_delay(handler.options.backoff, claimed.attempt)
        return Outcome(key=claimed.key, to=JobState.FAILED, delay=delay, error=error)

    @staticmethod
    def _dead(claimed: Claimed, error: JobError) -> Outcome:
        _log.error("a job is dead: %s %s: %s", claimed.kind, claimed.id, error.kind)
        return Outcome(key=claimed.key, to=JobState.DEAD, error=error)

    async def close(self) -> None:
        """End the processes, and the threads when they have ended what they do."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with contextlib.suppress(OSError):
            await self._processes.close()


def _record_of(claimed: Claimed) -> Record:
    """The notes on a run, under the trace of whoever enqueued it."""
    _, trace_id, parent, flags = (claimed.traceparent or f"00-{claimed.id.hex}-{'0' * 16}-01").split("-")
    record = Record(
        method="JOB",
        path=f"/{claimed.kind}",
        request_id=str(claimed.id),
        trace_id=trace_id,
        span_id=claimed.id.hex[-16:],
    )
    record.route = f"/{claimed.kind}"
    record.parent_span_id = parent if claimed.traceparent else None
    record.sampled = flags == "01"
    return record


def _encoded(result: Any) -> bytes | None:
    if result is None:
        return None
    try:
        return msgspec.json.encode(result)
    except (TypeError, ValueError) as failure:
        raise TypeError(f"the handler returned what JSON cannot carry: {failure}") from failure
