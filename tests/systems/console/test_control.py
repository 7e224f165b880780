"""The effective settings and the doctor's findings, as the Control screen is told them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from backstay.kernel.settings import REDACTED, Finding, Severity
from backstay.systems.console import service
from tests.systems.console.conftest import GUEST, Harness, Opener


async def test_every_setting_says_where_it_comes_from(open_console: Opener) -> None:
    async with open_console(BACKSTAY_SHIPPING_BOATS="5") as app:
        shown = {setting["name"]: setting for setting in await app.get("/v1/console/settings")}
    assert shown["shipping.boats"] == {
        "name": "shipping.boats",
        "value": "5",
        "source": "environment BACKSTAY_SHIPPING_BOATS",
        "description": "How many boats there are.",
        "default": "2",
        "variable": "BACKSTAY_SHIPPING_BOATS",
        "expected": "a whole number, at least 1",
    }
    assert (shown["health.memory_share"]["value"], shown["health.memory_share"]["source"]) == (
        "0.9",
        "default",
    )


async def test_secrets_are_stars(open_console: Opener) -> None:
    async with open_console(BACKSTAY_APP_SECRET_KEY="a word that nobody may read, ever") as app:
        answer = await app.client.get("/v1/console/settings", headers={"authorization": "Bearer ada-token"})
    assert answer.status_code == 200
    assert "nobody may read" not in answer.text
    assert "ada-token" not in answer.text
    shown = {setting["name"]: setting for setting in answer.json()}
    assert shown["app.secret_key"]["value"] == REDACTED


async def test_the_doctor_says_what_is_found(app: Harness, tmp_path: Path) -> None:
    found = await app.get("/v1/console/findings")
    database = next(finding for finding in found if finding["subject"] == "database")
    assert database == {
        "severity": "ok",
        "subject": "database",
        "message": f"SQLite at {tmp_path}/console.db",
        "advice": "",
    }
    note = next(finding for finding in found if finding["subject"] == "telemetry.otlp_endpoint")
    assert (note["severity"], note["message"]) == ("note", "not set: no traces leave this deployment")
    assert note["advice"]


async def test_whoever_asks_during_a_look_gets_what_it_finds(
    app: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0
    go_on = asyncio.Event()
    begun = asyncio.Event()

    async def slow(*_: object) -> list[Finding]:
        nonlocal looks
        looks += 1
        begun.set()
        await go_on.wait()
        return [Finding(Severity.OK, f"look {looks}", "")]

    monkeypatch.setattr("backstay.kernel.settings.doctor.examine", slow)
    doctor = app.backend.part(service.Doctor)
    first = asyncio.create_task(doctor.findings())
    await begun.wait()
    second = asyncio.create_task(doctor.findings())
    impatient = asyncio.create_task(doctor.findings())
    await asyncio.sleep(0)
    impatient.cancel()
    go_on.set()
    assert [finding.subject for finding in [*await first, *await second]] == ["look 1", "look 1"]
    assert [finding.subject for finding in await doctor.findings()] == ["look 2"]


@pytest.mark.parametrize("path", ["/v1/console/settings", "/v1/console/findings"])
async def test_both_are_for_those_who_may_look(app: Harness, path: str) -> None:
    refused = await app.client.get(path, headers=GUEST)
    assert (refused.status_code, refused.json()["permission"]) == (403, "console:read")
    assert (await app.client.get(path)).status_code == 401
