"""Liveness, start-up and readiness."""

from __future__ import annotations

import asyncio
import re
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from backstay.kernel.health import Health, HealthCheck, HealthReport
from backstay.kernel.module import CompositionError, Module
from backstay.systems.health import Monitor, service
from backstay.systems.health.module import module as health
from tests.house import House, open_house
from tests.systems.health.conftest import Open, Tide, ready


def states(body: Any) -> dict[str, str]:
    return {check["name"]: check["health"] for check in body["checks"]}


async def test_liveness_touches_nothing(house: House, tide: Tide) -> None:
    await house.backend.database.close()
    answer = await house(None, "GET", "/livez")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})
    assert [moment.kind for moment in house.records[-1].moments] == ["stage", "stage"]
    assert tide.asked == 0
    assert (await house(None, "HEAD", "/livez")).status_code == 200


async def test_startup_and_readiness_follow_the_state(house: House, tide: Tide) -> None:
    for state, started, serving in (("starting", 503, 503), ("ready", 200, 200), ("draining", 200, 503)):
        house.backend.state = state  # type: ignore[assignment]  # one of the three
        answer = await house(None, "GET", "/startupz")
        assert (answer.status_code, answer.json()["status"]) == (
            started,
            "starting" if started == 503 else "started",
        )  # fmt: skip - a table reads better in columns
        status, body = await ready(house)
        assert (status, body["status"]) == (serving, state)
    assert tide.asked == 1


async def test_readiness_asks_every_module_and_says_what_it_found(house: House) -> None:
    status, body = await ready(house)
    assert (status, body["status"]) == (200, "ready")
    assert states(body) == {"database": "ok", "disk": "ok", "memory": "ok", "tide": "ok"}
    by_name = {check["name"]: check for check in body["checks"]}
    assert by_name["database"]["message"] == house.backend.database.dialect
    assert by_name["tide"] == {
        "name": "tide",
        "health": "ok",
        "message": "high water",
        "critical": True,
        "milliseconds": by_name["tide"]["milliseconds"],
        "checked_at": by_name["tide"]["checked_at"],
    }
    assert [name for name, check in by_name.items() if not check["critical"]] == ["memory"]


async def test_many_who_ask_at_once_cost_one_run(open_health: Open, tide: Tide) -> None:
    async with open_health(BACKSTAY_HEALTH_CACHE="60") as house:
        answers = await asyncio.gather(*(ready(house) for _ in range(50)))
        assert {status for status, _ in answers} == {200}
        assert tide.asked == 1
        tide.health = Health.FAILED
        assert (await ready(house))[0] == 200  # still what was found a moment ago
        house.backend.part(Monitor)._ran_at -= 60
        assert (await ready(house))[0] == 503
        assert tide.asked == 2


async def test_an_impatient_caller_does_not_end_the_run_for_others(open_health: Open, tide: Tide) -> None:
    async with open_health() as house:
        tide.stubborn.clear()
        patient, impatient = (asyncio.create_task(ready(house)) for _ in range(2))
        while not tide.asked:  # noqa: ASYNC110 - a check tells nobody that it began
            await asyncio.sleep(0)
        impatient.cancel()
        tide.stubborn.set()
        assert (await patient)[0] == 200
        assert tide.asked == 1


@pytest.mark.parametrize(
    ("state", "critical", "verdict", "status"),
    [
        (Health.DEGRADED, True, "degraded", 200),
        (Health.DEGRADED, False, "degraded", 200),
        (Health.FAILED, False, "degraded", 200),
        (Health.FAILED, True, "failed", 503),
    ],
)
async def test_degraded_serves_and_failed_does_not(
    open_health: Open, tide: Tide, state: Health, critical: bool, verdict: str, status: int
) -> None:
    tide.health = state
    async with open_health(critical=critical) as house:
        found, body = await ready(house)
    assert (found, body["status"], states(body)["tide"]) == (status, verdict, state.value)


async def test_a_check_that_hangs_fails_alone_and_in_its_own_time(open_health: Open, tide: Tide) -> None:
    tide.hangs = True
    async with open_health(timeout=0.05, BACKSTAY_HEALTH_CACHE="0") as house:
        status, body = await ready(house)
        assert (status, body["status"]) == (503, "failed")
        assert states(body) == {"database": "ok", "disk": "ok", "memory": "ok", "tide": "failed"}
        found = body["checks"][-1]
        assert found["message"] == "no answer within 0.05 s"
        assert 45 <= found["milliseconds"] < 900
        tide.hangs = False
        assert (await ready(house))[0] == 200  # and it is asked anew once it answers again


async def test_a_check_that_ignores_its_cancellation_holds_nobody_up(open_health: Open, tide: Tide) -> None:
    tide.stubborn.clear()
    async with open_health(timeout=0.05, BACKSTAY_HEALTH_CACHE="0") as house:
        for _ in range(3):
            status, body = await ready(house)
            assert (status, states(body)["tide"]) == (503, "failed")
        assert tide.asked == 1  # asking once more would only pile up
        tide.stubborn.set()
        await asyncio.wait(house.backend.part(Monitor)._hanging.values(), timeout=5)
        assert (await ready(house))[0] == 200
        assert tide.asked == 2


@pytest.mark.parametrize(
    "failure",
    [
        ConnectionRefusedError("postgresql://root:hunter2@db.internal:5432/x refused"),
        OSError("/var/lib/secret/path"),
        asyncio.CancelledError("hunter2"),
    ],
)
async def test_a_check_that_raises_has_failed_and_tells_nobody_why(
    open_health: Open, tide: Tide, failure: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    tide.failure = failure
    async with open_health() as house:
        status, body = await ready(house)
    assert (status, states(body)["tide"]) == (503, "failed")
    assert body["checks"][-1]["message"] == "does not answer"
    for words in ("hunter2", "internal", "secret", "postgresql://"):
        assert words not in str(body)


async def test_the_answer_names_no_place(house: House, tmp_path: Path) -> None:
    answer = await house(None, "GET", "/readyz")
    assert str(tmp_path) not in answer.text
    assert not re.search(r"127\.0\.0\.1|localhost|5432|://|\.db", answer.text)


async def test_the_database_away_fails(open_health: Open) -> None:
    async with open_health(BACKSTAY_HEALTH_CACHE="0") as house:
        assert (await ready(house))[0] == 200

        async def away() -> None:
            raise ConnectionRefusedError

        house.backend.database.ping = away  # type: ignore[method-assign]  # the one thing that the check asks
        status, body = await ready(house)
    assert (status, body["status"], states(body)["database"]) == (503, "failed", "failed")


MIB = 2**20


@pytest.mark.parametrize(
    ("free", "state"),
    [
        (256 * MIB, "ok"),
        (256 * MIB - 1, "degraded"),
        (16 * MIB, "degraded"),
        (16 * MIB - 1, "failed"),
        (0, "failed"),
    ],
)
async def test_disk_thresholds(house: House, monkeypatch: pytest.MonkeyPatch, free: int, state: str) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    report = await service.disk(house.backend)
    assert (report.health.value, report.message) == (state, f"{free / MIB:,.0f} MiB free")


async def test_memory_thresholds(house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    status, limit, machine = tmp_path / "status", tmp_path / "memory.max", tmp_path / "meminfo"
    for name, path in (("_PROC_STATUS", status), ("_CGROUP_LIMIT", limit), ("_PROC_MEMORY", machine)):
        monkeypatch.setattr(service, name, path)
    machine.write_text("MemTotal:  1024000 kB\n")
    for used, cgroup, state, words in (
        (900, None, "ok", "88 MiB, 8.8% of the limit"),
        (9216, None, "ok", "900 MiB, 90.0% of the limit"),
        (9217, None, "degraded", "900 MiB, 90.0% of the limit"),
        (9217, "max\n", "degraded", "900 MiB, 90.0% of the limit"),
        (900, f"{100 * MIB}\n", "ok", "88 MiB, 87.9% of the limit"),
        (1000, f"{100 * MIB}\n", "degraded", "98 MiB, 97.7% of the limit"),
    ):
        status.write_text(f"Name:\tpython\nVmRSS:\t{used * 100} kB\n")
        if cgroup is not None:
            limit.write_text(cgroup)
        report = await service.memory(house.backend)
        assert (report.health.value, report.message) == (state, words)
    status.unlink()
    assert await service.memory(house.backend) == HealthReport(Health.OK, "this system does not tell")


async def test_two_checks_of_one_name_are_refused_at_start(database_url: str, tide: Tide) -> None:
    harbour = Module(
        name="harbour",
        summary="Boats.",
        package="tests.systems.health",
        health=[HealthCheck(name="disk", check=tide.check)],
    )
    with pytest.raises(CompositionError, match="two health checks are called 'disk'"):
        async with open_house([health, harbour], database_url):
            pass
