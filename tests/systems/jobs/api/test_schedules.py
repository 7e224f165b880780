"""Schedules: when they tick, once whatever happens, and what people see and do; on both databases."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest

from backstay.kernel.clock import ManualClock
from backstay.kernel.module import CompositionError
from backstay.systems.jobs import Jobs, JobState, Schedule
from backstay.systems.jobs.engines.views import JobQuery
from backstay.systems.jobs.service.agenda import Agenda
from backstay.systems.jobs.service.scheduler import LEASE, Scheduler
from backstay.systems.jobs.service.schedules import simulate
from backstay.systems.jobs.testing import drain
from tests.house import House
from tests.systems.jobs.api.shop import HOURLY, NIGHTLY, OFTEN, Tidy, shop


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def plan(**given: Any) -> Schedule:
    return Schedule(**{"name": "shop.test", "job": Tidy(room="x"), **given})


def agenda_of(house: House, *schedules: Schedule) -> Agenda:
    """The books with these schedules alone."""
    return Agenda(house.backend.database, house.backend.part(Jobs).store, [(shop, one) for one in schedules])


async def made(house: House, schedule: Schedule) -> list[datetime]:
    """When the schedule's jobs were due, oldest first."""
    store = house.backend.part(Jobs).store
    page = await store.find(schedule.organization, JobQuery(schedule=schedule.name, limit=500))
    return [job.run_at for job in reversed(page.items)]


# When it ticks


def test_a_time_that_the_clocks_skip_comes_right_after_the_gap_and_a_doubled_one_once() -> None:
    spring = list(NIGHTLY.between(at("2026-03-28T00:00:00"), at("2026-03-31T00:00:00")))
    assert [tick.isoformat() for tick in spring] == [
        "2026-03-28T01:30:00+00:00",
        "2026-03-29T01:00:00+00:00",
        "2026-03-30T00:30:00+00:00",
    ]
    autumn = list(NIGHTLY.between(at("2026-10-24T00:00:00"), at("2026-10-27T00:00:00")))
    assert [tick.isoformat() for tick in autumn] == [
        "2026-10-24T00:30:00+00:00",
        "2026-10-25T00:30:00+00:00",
        "2026-10-26T01:30:00+00:00",
    ]
    # Asked again from within the doubled hour, the second 02:30 is still no tick.
    assert NIGHTLY.next(at("2026-10-25T01:10:00")) == at("2026-10-26T01:30:00")


def test_two_times_within_one_gap_are_one_tick() -> None:
    twice = plan(cron="10,40 2 * * *", zone="Europe/Berlin")
    found = list(twice.between(at("2026-03-29T00:00:00"), at("2026-03-29T12:00:00")))
    assert found == [at("2026-03-29T01:00:00")]


def test_an_hourly_pattern_follows_the_real_time_through_both_changes() -> None:
    hourly = plan(cron="0 * * * *", zone="Europe/Berlin")
    for day in ("2026-03-29", "2026-10-25"):
        found = list(hourly.between(at(f"{day}T00:00:00"), at(f"{day}T04:00:00")))
        assert found == [at(f"{day}T0{hour}:00:00") for hour in (1, 2, 3, 4)]


def test_intervals_are_whole_multiples_whoever_counts() -> None:
    every = plan(every=timedelta(minutes=7))
    found = list(islice(every.ticks(at("2026-01-01T00:00:01")), 3))
    assert found == list(islice(every.ticks(at("2026-01-01T00:03:59")), 3))
    assert {tick.timestamp() % 420 for tick in found} == {0.0}


def test_a_share_of_the_jitter_is_the_ticks_own() -> None:
    loose = plan(every=timedelta(minutes=1), jitter=timedelta(seconds=30))
    ticks = list(islice(loose.ticks(at("2026-01-01T00:00:00")), 50))
    shares = [loose.starts_at(tick) - tick for tick in ticks]
    assert shares == [loose.starts_at(tick) - tick for tick in ticks]
    assert len(set(shares)) == 50
    assert timedelta(0) <= min(shares) < timedelta(seconds=5)
    assert timedelta(seconds=25) < max(shares) < timedelta(seconds=30)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "either cron= or every="),
        ({"cron": "* * * * *", "every": timedelta(hours=1)}, "either cron= or every="),
        ({"every": timedelta(milliseconds=1)}, "a second or more"),
        ({"cron": "61 * * * *"}, "Bad minute"),
        ({"cron": "0 0 * * *", "zone": "Europe/Atlantis"}, "no time zone 'Europe/Atlantis'"),
        ({"cron": "0 0 * * *", "catch_up": timedelta(-1)}, "cannot be negative"),
    ],
)
def test_what_has_no_ticks_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(CompositionError, match=said):
        plan(**given)


def test_a_simulation_tells_all_in_order_and_no_more_than_asked() -> None:
    since, until = at("2026-03-29T00:00:00"), at("2026-03-29T02:00:00")
    found = simulate([HOURLY, NIGHTLY], since, until)
    assert [(one.schedule, one.local) for one in found] == [
        ("shop.hourly", "2026-03-29T01:00:00+00:00"),
        ("shop.nightly", "2026-03-29T03:00:00+02:00"),
        ("shop.hourly", "2026-03-29T02:00:00+00:00"),
    ]
    assert simulate([OFTEN], since, until, limit=5) == simulate([OFTEN], since, until)[:5]


# Once a tick


async def test_a_tick_is_fired_once_however_many_try(house: House, clock: ManualClock) -> None:
    schedulers = [Scheduler(agenda_of(house, OFTEN), holder=f"s{number}") for number in range(5)]
    await schedulers[0].round()
    for _ in range(7):
        clock.move(timedelta(seconds=7))
        for scheduler in schedulers:
            await scheduler.round()
    start = at("2026-01-01T00:00:00")
    assert await made(house, OFTEN) == [start + timedelta(seconds=10 * n) for n in range(1, 5)]
    # Without any leadership: everybody fires every tick of the same minute at once.
    agendas = [agenda_of(house, OFTEN) for _ in range(5)]
    ticks = [start + timedelta(seconds=10 * n) for n in range(1, 7)]
    receipts = await asyncio.gather(*(agenda.fire(OFTEN, tick) for agenda in agendas for tick in ticks))
    assert sum(receipt is not None for receipt in receipts) == 2
    assert len(await made(house, OFTEN)) == 6


async def test_what_lies_before_its_first_day_is_not_fired(house: House, clock: ManualClock) -> None:
    clock.move(timedelta(minutes=30))
    await Scheduler(agenda_of(house, HOURLY)).round()
    assert await made(house, HOURLY) == []


async def test_another_takes_over_when_the_holder_is_gone(house: House, clock: ManualClock) -> None:
    first, second = (Scheduler(agenda_of(house, OFTEN), holder=name) for name in ("first", "second"))
    await first.round()
    await second.round()
    clock.move(timedelta(seconds=LEASE - 0.5))
    await second.round()
    (info,) = await agenda_of(house, OFTEN).show()
    assert info.holder == "first"
    clock.move(timedelta(seconds=25))
    await second.round()
    (info,) = await agenda_of(house, OFTEN).show()
    assert info.holder == "second"
    start = at("2026-01-01T00:00:00")
    assert await made(house, OFTEN) == [start + timedelta(seconds=10 * n) for n in (1, 2, 3)]


async def test_a_clock_that_is_set_back_repeats_nothing_and_one_set_on_and_back_loses_nothing(
    house: House, clock: ManualClock
) -> None:
    scheduler = Scheduler(agenda_of(house, OFTEN))
    await scheduler.round()
    clock.move(timedelta(seconds=30))
    await scheduler.round()
    clock.move(timedelta(seconds=-25))
    await scheduler.round()
    clock.move(timedelta(seconds=35))
    await scheduler.round()
    start = at("2026-01-01T00:00:00")
    assert await made(house, OFTEN) == [start + timedelta(seconds=10 * n) for n in (1, 2, 3, 4)]
    clock.move(timedelta(days=10))
    await scheduler.round()
    # Only the window of catching up was made up for, in those ten days.
    assert len(await made(house, OFTEN)) == 4 + 6
    clock.move(timedelta(days=-10))
    clock.move(timedelta(seconds=10))
    await scheduler.round()
    assert start + timedelta(seconds=50) in await made(house, OFTEN)


async def test_pruning_never_brings_a_tick_back(house: House, clock: ManualClock) -> None:
    agenda = agenda_of(house, OFTEN)
    await Scheduler(agenda).round()
    clock.move(timedelta(seconds=10))
    tick = clock.now()
    assert await agenda.fire(OFTEN, tick) is not None
    await drain(house.backend)
    clock.move(timedelta(days=91))
    await agenda.prune(OFTEN.name)
    assert await agenda.fired(OFTEN, at("2025-12-31T00:00:00")) == set()
    assert await agenda.fire(OFTEN, tick) is None
    clock.move(timedelta(days=-91))
    await Scheduler(agenda).round()
    assert await made(house, OFTEN) == [tick]


async def test_missed_ticks_are_made_up_for_within_the_window(house: House, clock: ManualClock) -> None:
    late = plan(cron="*/10 * * * *", overlap="allow", catch_up=timedelta(minutes=25))
    scheduler = Scheduler(agenda_of(house, late))
    await scheduler.round()
    clock.move(timedelta(hours=2, minutes=5))
    await scheduler.round()
    assert await made(house, late) == [at("2026-01-01T01:50:00"), at("2026-01-01T02:00:00")]


# Overlap


async def test_a_tick_is_skipped_while_an_earlier_job_lives(house: House, clock: ManualClock) -> None:
    careful = plan(every=timedelta(minutes=1))
    agenda = agenda_of(house, careful)
    scheduler = Scheduler(agenda)
    await scheduler.round()
    for _ in range(3):
        clock.move(timedelta(minutes=1))
        await scheduler.round()
    assert await made(house, careful) == [at("2026-01-01T00:01:00")]
    (info,) = await agenda.show()
    assert (info.last_tick, info.last_skipped) == (at("2026-01-01T00:03:00"), True)
    assert await drain(house.backend) == {JobState.COMPLETED: 1}
    clock.move(timedelta(minutes=1))
    await scheduler.round()
    assert await made(house, careful) == [at("2026-01-01T00:01:00"), at("2026-01-01T00:04:00")]
    (info,) = await agenda.show()
    assert (info.last_tick, info.last_skipped) == (at("2026-01-01T00:04:00"), False)


async def test_a_replacing_schedule_cancels_and_waits_for_the_end(house: House, clock: ManualClock) -> None:
    impatient = plan(every=timedelta(minutes=1), overlap="replace")
    agenda, store = agenda_of(house, impatient), house.backend.part(Jobs).store
    scheduler = Scheduler(agenda)
    await scheduler.round()
    clock.move(timedelta(minutes=1))
    await scheduler.round()
    (running,) = await store.claim("w1", ["tidy"], 5, 600)
    clock.move(timedelta(minutes=1))
    await scheduler.round()
    # The first is told to stop, and until it has, the second does not run.
    assert [told.cancel for told in await store.extend([running.key], 600)] == [True]
    assert await store.claim("w2", ["tidy"], 5, 600) == []
    clock.move(timedelta(minutes=1))
    await scheduler.round()
    page = await store.find(impatient.organization, JobQuery(schedule=impatient.name))
    assert [job.state for job in page.items] == ["waiting", "cancelled", "running"]
