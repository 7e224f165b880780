"""Schedules over HTTP: what is shown, and what people do; on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backstay.kernel.actor import SYSTEM, Actor
from backstay.kernel.clock import ManualClock
from backstay.kernel.module import CompositionError
from backstay.systems.jobs import Jobs
from backstay.systems.jobs.module import module as jobs_module
from backstay.systems.jobs.service.agenda import Agenda
from backstay.systems.jobs.service.scheduler import Scheduler
from tests.house import House
from tests.systems.jobs.api.shop import HOURLY, OFTEN, shop
from tests.systems.jobs.api.test_schedules import at, made


async def test_schedules_are_shown_paused_resumed_and_run(
    house: House, operator: Actor, clock: ManualClock
) -> None:
    scheduler = Scheduler(house.backend.part(Jobs).agenda, holder="me")
    await scheduler.round()
    clock.move(timedelta(seconds=30))
    shown = {one["name"]: one for one in (await house(operator, "GET", "/v1/job-schedules")).json()}
    assert list(shown) == ["jobs.prune_probes", "shop.hourly", "shop.nightly", "shop.often"]
    nightly = shown["shop.nightly"]
    assert (nightly["module"], nightly["kind"], nightly["queue"]) == ("shop", "shop.tidy", "tidy")
    assert (nightly["cron"], nightly["zone"], nightly["words"]) == (
        "30 2 * * *",
        "Europe/Berlin",
        "At 02:30 every day",
    )
    assert (nightly["next_at"], nightly["last_tick"], nightly["paused"]) == (
        "2026-01-01T01:30:00Z",
        None,
        False,
    )
    assert shown["shop.often"]["every"] == 10.0
    assert (await house(operator, "POST", "/v1/job-schedules/shop.often/pause")).status_code == 204
    await scheduler.round()
    assert await made(house, OFTEN) == []
    paused = (await house(operator, "GET", "/v1/job-schedules")).json()[3]
    assert (paused["paused"], paused["next_at"]) == (True, None)
    clock.move(timedelta(seconds=25))
    assert (await house(operator, "POST", "/v1/job-schedules/shop.often/resume")).status_code == 204
    clock.move(timedelta(seconds=5))
    await scheduler.round()
    assert await made(house, OFTEN) == [at("2026-01-01T00:01:00")]
    ran = await house(operator, "POST", "/v1/job-schedules/shop.hourly/run")
    assert (ran.status_code, ran.json()["created"]) == (201, True)
    again = await house(operator, "POST", "/v1/job-schedules/shop.hourly/run")
    assert (again.json()["id"], again.json()["created"]) == (ran.json()["id"], False)
    whose = f"organization={SYSTEM.organization_id}"
    seen = await house(operator, "GET", f"/v1/jobs?{whose}&schedule=shop.hourly")
    assert [one["id"] for one in seen.json()["items"]] == [ran.json()["id"]]


async def test_a_simulation_is_asked_for(house: House, operator: Actor) -> None:
    ask = "/v1/job-schedules/simulation?schedule=shop.nightly&since=2026-10-24T00:00:00Z&until=2026-10-26T00:00:00Z"
    answer = await house(operator, "GET", ask)
    assert [(one["tick"], one["local"], one["kind"]) for one in answer.json()] == [
        ("2026-10-24T00:30:00Z", "2026-10-24T02:30:00+02:00", "shop.tidy"),
        ("2026-10-25T00:30:00Z", "2026-10-25T02:30:00+02:00", "shop.tidy"),
    ]
    # From now for a day, all of them, and no more than asked for.
    assert len((await house(operator, "GET", "/v1/job-schedules/simulation?limit=7")).json()) == 7
    for path in ("simulation?schedule=shop.never", "shop.never/pause", "shop.never/run"):
        method = "GET" if "simulation" in path else "POST"
        unknown = await house(operator, method, f"/v1/job-schedules/{path}")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "no_such_schedule")
    backwards = await house(
        operator, "GET", "/v1/job-schedules/simulation?since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z"
    )
    assert (backwards.status_code, backwards.json()) == (200, []), "nothing fires in no time"
    last = await house(operator, "GET", "/v1/job-schedules/simulation?since=9999-12-31T12:00:00Z")
    assert last.status_code == 200, last.text


async def test_names_are_their_modules_and_used_once(house: House) -> None:
    database, store = house.backend.database, house.backend.part(Jobs).store
    with pytest.raises(CompositionError, match=r"must start with 'jobs\.'"):
        Agenda(database, store, [(jobs_module, HOURLY)])
    with pytest.raises(CompositionError, match="declared twice"):
        Agenda(database, store, [(shop, HOURLY), (shop, HOURLY)])
