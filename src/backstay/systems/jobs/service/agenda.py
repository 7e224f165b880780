"""What is remembered of schedules: fired ticks, pauses, and who looks after them; in the database always."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

from msgspec import structs

from backstay.kernel.actor import SYSTEM, Actor
from backstay.kernel.database import Database, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.kernel.module import CompositionError, Module
from backstay.systems.jobs.contracts import LIVE, Receipt
from backstay.systems.jobs.engines.store import NewJob, Store
from backstay.systems.jobs.engines.views import JobQuery
from backstay.systems.jobs.errors import NoSuchSchedule
from backstay.systems.jobs.queries import scheduling
from backstay.systems.jobs.queries.scheduling import ScheduleRow
from backstay.systems.jobs.service.asking import Given
from backstay.systems.jobs.service.books import Books, micros, moment
from backstay.systems.jobs.service.declaring import kind_of, new_job
from backstay.systems.jobs.service.schedules import Schedule
from backstay.systems.jobs.service.views import ScheduleInfo

T = TypeVar("T")
_MICROSECOND: Final = timedelta(microseconds=1)
_KEPT: Final = timedelta(days=90)
"""How long a fired tick is remembered; the floor keeps older ones from coming again."""
_REPLACED: Final = 100
"""Living jobs of one schedule that a tick cancels at most."""


class Agenda(Books):
    """The declared schedules, and their books."""

    def __init__(
        self, database: Database, store: Store, schedules: Iterable[tuple[Module, Schedule]] = ()
    ) -> None:
        """`schedules` with the module that declares each.

        Raises:
            CompositionError: a name is not its module's, or taken twice.
        """
        super().__init__(database)
        self._store = store
        self._schedules: dict[str, tuple[str, Schedule]] = {}
        for module, schedule in schedules:
            where = f"module {module.name!r}: schedule {schedule.name!r}"
            if not schedule.name.startswith(f"{module.name}."):
                raise CompositionError(f"{where} must start with '{module.name}.'")
            if schedule.name in self._schedules:
                raise CompositionError(f"{where} is declared twice: rename one")
            self._schedules[schedule.name] = module.name, schedule

    @property
    def schedules(self) -> Sequence[Schedule]:
        """By name."""
        return [schedule for _, (_, schedule) in sorted(self._schedules.items())]

    def schedule(self, name: str) -> Schedule:
        """The schedule of this name.

        Raises:
            NoSuchSchedule: no module declares it.
        """
        if name not in self._schedules:
            raise NoSuchSchedule
        return self._schedules[name][1]

    async def register(self) -> None:
        """Know the declared schedules from now on."""
        for name in self._schedules:
            await self._change(scheduling.REGISTER, name=name, paused=False)

    async def look(self) -> list[ScheduleRow]:
        """How the declared schedules stand, and the database's present."""
        return await self._all(scheduling.LOOK, names=list(self._schedules))

    async def hold(self, holder: str, lease: float) -> set[str]:
        """Look after whatever nobody else does, for `lease` seconds; the names."""
        given = {"names": list(self._schedules), "holder": holder, "lease": round(lease * 1_000_000)}
        arguments = self._given(scheduling.HOLD, given)
        return set(await self._database.run(SYSTEM, lambda uow: uow.all(scheduling.HOLD, **arguments)))

    async def let_go(self, holder: str) -> None:
        """Leave what this holder looks after to others at once."""
        await self._change(scheduling.LET_GO, holder=holder)

    async def fired(self, schedule: Schedule, since: datetime) -> set[datetime]:
        """The ticks after a moment that were fired."""
        found = await self._all(scheduling.FIRED, name=schedule.name, since=micros(since))
        return {moment(tick) for tick in found}

    async def fire(self, schedule: Schedule, tick: datetime) -> Receipt | None:
        """Enqueue the tick's job, and remember both in one commit; None when the tick was fired before."""

        async def work(uow: UnitOfWork) -> Receipt | None:
            given = {"name": schedule.name, "tick": micros(tick)}
            if not await uow.all(scheduling.FIRE, **self._given(scheduling.FIRE, dict(given))):
                return None
            receipt = await self._enqueue(uow, schedule, schedule.starts_at(tick))
            skipped = not receipt.created
            await uow.execute(scheduling.NOTE_JOB, **given, job=receipt.id, skipped=skipped)
            return receipt

        receipt = await self._database.run(_actor(schedule), work)
        if receipt is not None:
            await self._replace(schedule, receipt)
        return receipt

    async def run_now(self, name: str) -> Receipt:
        """Enqueue a schedule's job besides its ticks, under its own policy of overlap.

        Raises:
            NoSuchSchedule: no module declares it.
        """
        schedule = self.schedule(name)
        receipt = await self._database.run(
            _actor(schedule), lambda uow: self._enqueue(uow, schedule, uow.now())
        )
        await self._replace(schedule, receipt)
        return receipt

    async def _enqueue(self, uow: UnitOfWork, schedule: Schedule, at: datetime) -> Receipt:
        made = new_job(uow, schedule.job, Given(at=at, schedule=schedule.name), job_id=uuid7())
        (receipt,) = await self._store.enqueue(uow, [_policed(made, schedule)])
        return receipt

    async def _replace(self, schedule: Schedule, receipt: Receipt) -> None:
        """Cancel what the new job replaces; it waits in their line until the last has really ended."""
        if schedule.overlap != "replace":
            return
        query = JobQuery(schedule=schedule.name, states=sorted(LIVE), limit=_REPLACED)
        for job in (await self._store.find(schedule.organization, query)).items:
            if job.id < receipt.id:
                await self._store.cancel(schedule.organization, job.id)

    async def pause(self, name: str, *, paused: bool) -> None:
        """Stop or go on firing a schedule, everywhere. What fell into the pause is not made up for.

        Raises:
            NoSuchSchedule: no module declares it.
        """
        self.schedule(name)
        await self._change(scheduling.SET_PAUSED, name=name, paused=paused)

    async def prune(self, name: str) -> None:
        """Forget ticks of long ago, having made sure that they cannot come again."""
        keep = max(_KEPT, 2 * self.schedule(name).catch_up)

        async def work(uow: UnitOfWork) -> None:
            raised = {"name": name, "keep": keep // _MICROSECOND}
            await uow.execute(scheduling.RAISE_FLOOR, **self._given(scheduling.RAISE_FLOOR, dict(raised)))
            await uow.execute(scheduling.PRUNE, name=name)

        await self._database.run(SYSTEM, work)

    async def show(self) -> list[ScheduleInfo]:
        """Every declared schedule, by name."""
        rows = {row.name: row for row in await self.look()}
        last = {row.schedule: row for row in await self._all(scheduling.LAST, names=list(self._schedules))}
        now = micros(self._database.clock.now())
        return [
            _info(module, schedule, rows.get(name), last.get(name), now)
            for name, (module, schedule) in sorted(self._schedules.items())
        ]


def _info(
    module: str,
    schedule: Schedule,
    row: ScheduleRow | None,
    last: scheduling.TickRow | None,
    now: int,
) -> ScheduleInfo:
    now = row.now if row is not None else now
    paused = row is not None and row.paused
    held = row is not None and row.held_until is not None and row.held_until > now
    return ScheduleInfo(
        name=schedule.name,
        module=module,
        kind=kind_of(type(schedule.job)),
        queue=schedule.job.options.queue,
        organization_id=schedule.organization,
        cron=schedule.cron,
        every=None if schedule.every is None else schedule.every.total_seconds(),
        words=schedule.words,
        zone=schedule.zone,
        overlap=schedule.overlap,
        catch_up=schedule.catch_up.total_seconds(),
        jitter=schedule.jitter.total_seconds(),
        paused=paused,
        next_at=None if paused else schedule.next(moment(now)),
        last_tick=None if last is None else moment(last.tick),
        last_fired_at=None if last is None else moment(last.fired_at),
        last_job_id=None if last is None else last.job_id,
        last_skipped=last is not None and last.skipped,
        holder=row.holder if row is not None and held else None,
    )


def _policed(job: NewJob, schedule: Schedule) -> NewJob:
    """The job under its schedule's policy of overlap, which the engine itself keeps."""
    key = f"{job.organization_id}:{job.kind}:schedule:{schedule.name}"
    if schedule.overlap == "skip":
        return structs.replace(job, unique_key=key, unique_for=None)
    if schedule.overlap == "replace":
        line = f"{job.organization_id}:schedule:{schedule.name}"
        return structs.replace(job, order_key=line, order_failure="skip")
    return job


def _actor(schedule: Schedule) -> Actor:
    return structs.replace(SYSTEM, organization_id=schedule.organization)
