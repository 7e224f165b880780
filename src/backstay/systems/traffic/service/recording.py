"""Keeping the log: choose, and write in batches beside the requests, never inside them."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import (
    CommitUnknown,
    ConstraintViolation,
    OutOfRange,
    UniqueViolation,
    UnitOfWork,
)
from backstay.kernel.errors import BackstayError
from backstay.kernel.ids import uuid7
from backstay.kernel.observation import Record
from backstay.kernel.telemetry import get_logger
from backstay.systems.traffic import queries
from backstay.systems.traffic.service.rows import id_at, row_of
from backstay.systems.traffic.settings import TrafficSettings

if TYPE_CHECKING:
    from backstay.kernel.backend import Backend

FLUSH_EVERY: Final = 0.25
"""Seconds between batches: how far the log trails the requests."""
PRUNE_EVERY: Final = 10.0
"""Seconds between looks for what is too old or too much."""
MAX_BUFFERED: Final = 5_000
"""Requests a process holds while the database does not take them; beyond that the oldest are dropped."""
MAX_BATCH: Final = 500
"""Requests written in one transaction."""
_MAX_RAW: Final = 200
"""Finished requests held as they are, with their bodies; more are turned into rows, which are bounded."""
_AT_A_TIME: Final = 10
"""Rows made before other work gets its turn: about a millisecond."""

_log = get_logger("backstay.traffic")


class Budget:
    """So many a second, in whole seconds: cheap enough for every request."""

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._second = -1
        self._used = 0

    def take(self, now_ns: int) -> bool:
        """Whether one more fits into the second of `now_ns`."""
        second = now_ns // 1_000_000_000
        if second > self._second:
            self._second, self._used = second, 0
        self._used += 1
        return self._used <= self._per_second


class Recorder:
    """Chooses which finished requests to keep and writes them; one a process."""

    def __init__(self, backend: Backend) -> None:
        self._database = backend.database
        self._settings = settings = backend.settings.module(TrafficSettings)
        self._clock = backend.clock
        bodies = settings.bodies
        keep = backend.settings.app.environment == "development" if bodies is None else bodies
        self._body_cap = settings.body_cap if keep else 0
        self._key = backend.keys.derive("traffic-clients")
        self._skipped = frozenset(settings.skip)
        self._skipped_below = tuple(path.rstrip("/") + "/" for path in settings.skip)
        self._ordinary = Budget(settings.per_second)
        self._notable = Budget(settings.per_second)
        self._slow_ns = int(settings.slow * 1e9)
        self._buffer: deque[tuple[Record, int]] = deque()
        self._rows: deque[dict[str, Any]] = deque()
        self._doubtful: list[dict[str, Any]] = []
        """A batch whose commit broke off: stored or not, it is tried again under the same ids."""
        self._alone = 0
        """So many of the next rows are written one by one, because a batch with them was refused."""
        self._left_out = 0
        """Requests that are to be counted with the next one that is kept."""
        self._flushing = asyncio.Lock()
        self._stopping = asyncio.Event()
        self.seen = 0
        """Requests that ended in this process."""
        self.kept = 0
        """Of those, how many were chosen to be kept."""
        self.dropped = 0
        """Chosen, and lost because the database did not take them in time, or at all."""

    @property
    def waiting(self) -> int:
        """Requests chosen and not written yet."""
        return len(self._buffer) + len(self._rows) + len(self._doubtful)

    def observe(self, record: Record) -> None:
        """Choose; called with every finished request, so it does next to nothing."""
        if not self._settings.enabled:
            return
        self.seen += 1
        ended_ns = record.ended_ns
        status = record.status
        if status is not None and status < 400 and self._skips(record.path):
            return
        notable = (
            status is None
            or status >= 400
            or record.abandoned
            or ended_ns - record.started_ns >= self._slow_ns
        )
        if (self._notable if notable else self._ordinary).take(ended_ns):
            self.kept += 1
            self._buffer.append((record, self._left_out))
            self._left_out = 0
            if len(self._buffer) > _MAX_RAW:
                self._prepare(1)
                self._trim()
        else:
            self._left_out += 1

    def _skips(self, path: str) -> bool:
        return path in self._skipped or path.startswith(self._skipped_below)

    def stop(self) -> None:
        """Ask `run` to write what waits and end."""
        self._stopping.set()

    async def run(self) -> None:
        """Write batches until stopped, then once more."""
        loop = asyncio.get_running_loop()
        prune_at = loop.time()
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_EVERY):
                    await self._stopping.wait()
            try:
                await self.flush()
                if loop.time() >= prune_at:
                    prune_at = loop.time() + PRUNE_EVERY
                    await self.prune()
            except BackstayError as failure:
                # The log must never take the service down: what cannot be written waits.
                _log.debug("the request log waits for the database", waiting=self.waiting, code=failure.code)
            except Exception:  # noqa: BLE001 - nor may a bug in it end the log for good
                _log.exception("the request log could not be written")

    async def flush(self) -> None:
        """Write what waits, each batch in one transaction.

        Raises:
            BackstayError: the database does not take it now; nothing is lost but what exceeds the bound.
        """
        async with self._flushing:
            while self._buffer:
                self._prepare(_AT_A_TIME)
                await asyncio.sleep(0)
            while self._doubtful or self._rows:
                await self._flush_one(self._doubtful or self._next_batch())

    def _next_batch(self) -> list[dict[str, Any]]:
        size = 1 if self._alone else min(MAX_BATCH, len(self._rows))
        self._alone = max(0, self._alone - 1)
        return [self._rows.popleft() for _ in range(size)]

    async def _flush_one(self, batch: list[dict[str, Any]]) -> None:
        if batch is not self._doubtful:
            # Ids are made now, not when the request ended: whoever follows the log reads by id, and
            # would miss a line that turns up long after its id.
            for row in batch:
                row["id"] = uuid7()

        async def write(uow: UnitOfWork) -> None:
            await uow.execute_many(queries.INSERT, batch)

        try:
            await self._database.run(SYSTEM, write)
        except UniqueViolation:
            pass  # the doubtful commit had come through: nothing else can know these ids
        except CommitUnknown:
            self._doubtful = batch
            raise
        except (BackstayError, asyncio.CancelledError) as failure:
            if not isinstance(failure, ConstraintViolation | OutOfRange):
                if batch is not self._doubtful:
                    self._put_back(batch)
                raise
            self._refused(batch)
        except Exception:  # noqa: BLE001 - one line that no database takes must not hold up the others
            self._refused(batch)
        self._doubtful = []

    def _refused(self, batch: list[dict[str, Any]]) -> None:
        if len(batch) > 1:
            self._alone = len(batch)
            self._put_back(batch)
            return
        self._drop(batch[0]["left_out"])
        _log.error("the database refuses a line of the request log", route=batch[0]["route"], exc_info=True)

    def _put_back(self, batch: list[dict[str, Any]]) -> None:
        self._rows.extendleft(reversed(batch))
        self._trim()

    def _prepare(self, most: int) -> None:
        for _ in range(min(most, len(self._buffer))):
            record, left_out = self._buffer.popleft()
            try:
                self._rows.append(row_of(record, self._body_cap, self._key, left_out=left_out))
            except Exception:  # noqa: BLE001 - one odd request must not end the log
                self._drop(left_out)
                _log.exception("a request could not be put into the log", route=record.route)

    def _trim(self) -> None:
        excess = self.waiting - MAX_BUFFERED
        for _ in range(min(excess, len(self._rows))):
            self._drop(self._rows.popleft()["left_out"])

    def _drop(self, left_out: int) -> None:
        self.dropped += 1
        self._left_out += left_out + 1

    async def prune(self) -> None:
        """Delete what exceeds the rows or the age that the settings allow.

        Raises:
            BackstayError: the database does not answer.
        """
        reader = self._database.reader(SYSTEM)
        surplus = await reader.first(queries.NTH_NEWEST, keep=self._settings.max_rows)
        through = id_at(self._clock.now() - timedelta(seconds=self._settings.max_age))
        if surplus is not None:
            through = max(through, surplus)
        oldest = await reader.first(queries.OLDEST)
        if oldest is None or oldest > through:
            return  # the usual case takes no write lock

        async def forget(uow: UnitOfWork) -> None:
            await uow.execute(queries.PRUNE, through=through)

        await self._database.run(SYSTEM, forget)
