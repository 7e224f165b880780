"""Schedules: what runs again and again, declared beside the jobs, and when it does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import islice
from typing import Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from backstay.kernel.actor import SYSTEM_ORGANIZATION
from backstay.kernel.module import CompositionError
from backstay.systems.jobs.service.books import EPOCH
from backstay.systems.jobs.service.declaring import Job, kind_of
from backstay.systems.jobs.service.views import Firing

SIMULATED: Final = 1000
"""Firings that a simulation shows at most."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A job that is enqueued at every tick, exactly once, whatever the number of processes.

    List it in a manifest's `declares`. Daylight saving as in Debian's cron: a time that the
    clocks skip runs right after the gap, one that comes twice runs the first time; hourly and
    finer patterns follow the real time.
    """

    name: str
    """`<module>.<what>`, unique and lasting: ticks are remembered under it."""
    job: Job
    cron: str | None = None
    """Five fields, or six with seconds first. Either this or `every`."""
    every: timedelta | None = None
    """Ticks at whole multiples since 1970, so that all processes agree; at least one second."""
    zone: str = "UTC"
    """The IANA time zone that `cron` is read in."""
    overlap: Literal["skip", "allow", "replace"] = "skip"
    """While the job of an earlier tick lives: no new one, one more, or one that follows its cancelling."""
    catch_up: timedelta = timedelta(hours=1)
    """How late a tick may be fired, when nobody was there at its time; older ones are gone."""
    jitter: timedelta = timedelta(0)
    """Each tick's job starts up to so much later, by a share that is the tick's own."""
    organization: UUID = SYSTEM_ORGANIZATION
    """For whom the jobs run; the house itself when not said."""

    def __post_init__(self) -> None:
        """Refuse what has no ticks."""
        if (self.cron is None) == (self.every is None):
            raise CompositionError(f"schedule {self.name!r}: give it either cron= or every=")
        if self.every is not None and self.every < timedelta(seconds=1):
            raise CompositionError(f"schedule {self.name!r}: every= must be a second or more")
        if min(self.catch_up, self.jitter) < timedelta(0):
            raise CompositionError(f"schedule {self.name!r}: catch_up and jitter cannot be negative")
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise CompositionError(f"schedule {self.name!r}: there is no time zone {self.zone!r}") from None
        if self.cron is not None:
            try:
                CronSim(self.cron, EPOCH)
            except CronSimError as failure:
                raise CompositionError(f"schedule {self.name!r}: {self.cron!r}: {failure}") from None

    def ticks(self, after: datetime) -> Iterator[datetime]:
        """The ticks after a moment, in UTC, in order, for ever (or as long as the calendar has any)."""
        if self.every is not None:
            number = (after - EPOCH) // self.every + 1
            while True:
                yield EPOCH + number * self.every
                number += 1
        assert self.cron is not None
        last = after
        for local in CronSim(self.cron, after.astimezone(ZoneInfo(self.zone))):
            tick = local.astimezone(UTC)
            # Two times within one gap both come right after it; a repeated hour's comes the first time.
            if tick > last:
                yield tick
                last = tick

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """The ticks after a moment up to another, that one included."""
        for tick in self.ticks(after):
            if tick > until:
                return
            yield tick

    def next(self, after: datetime) -> datetime | None:
        """The first tick after a moment; None if there is none within 50 years."""
        return next(self.ticks(after), None)

    def starts_at(self, tick: datetime) -> datetime:
        """When the tick's job may start: with its share of the jitter, the same in every process."""
        digest = blake2b(f"{self.name}/{tick.timestamp()}".encode(), digest_size=8).digest()
        return tick + self.jitter * (int.from_bytes(digest) / 2**64)

    @property
    def words(self) -> str:
        """When it ticks, for a person."""
        if self.every is not None:
            return f"Every {self.every}"
        assert self.cron is not None
        return CronSim(self.cron, EPOCH).explain()


def simulate(
    schedules: Iterable[Schedule], since: datetime, until: datetime, *, limit: int = SIMULATED
) -> list[Firing]:
    """What would fire after one moment up to another, in order, if nobody paused it; `limit` at most."""
    found = [
        Firing(
            schedule=schedule.name,
            kind=kind_of(type(schedule.job)),
            tick=tick,
            local=tick.astimezone(ZoneInfo(schedule.zone)).isoformat(),
            starts_at=schedule.starts_at(tick),
        )
        for schedule in schedules
        for tick in islice(schedule.between(since, until), limit)
    ]
    return sorted(found, key=lambda one: (one.tick, one.schedule))[:limit]
