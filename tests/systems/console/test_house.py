"""What the Systems screen is told."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from backstay.kernel.health import Health
from backstay.systems.console import service
from tests.plugins.servers import POSTGRES
from tests.systems.console.conftest import GUEST, Harness, Opener, Weather, result, write_proof


async def systems(app: Harness) -> dict[str, Any]:
    house = await app.get("/v1/console/systems")
    return {system["name"]: system for system in house["systems"]}


class TestHouse:
    async def test_says_what_the_server_stands_on(self, app: Harness) -> None:
        house = await app.get("/v1/console/systems")
        assert house["state"] == "ready"
        assert house["started_at"] == app.backend.part(service.Pulses).started_at.isoformat().replace(
            "+00:00", "Z"
        )
        assert house["parts"] == [
            {"name": "database", "engine": f"SQLite {sqlite3.sqlite_version}", "health": "ok"}
        ]

    async def test_tells_of_every_module(self, app: Harness) -> None:
        found = await systems(app)
        assert list(found) == ["health", "console", "shipping"]
        assert found["shipping"] == {
            "name": "shipping",
            "summary": "Boxes and the boats that carry them.",
            "ring": "yours",
            "health": "ok",
            "checks": [{"name": "weather", "health": "ok", "message": "wind from the south-west"}],
            "card": {"value": "3", "label": "boxes afloat"},
            "parts": [],
            "requires": ["health"],
            "guarantees": {"held": 0, "violated": 0, "weaker": 0, "unproven": 2},
        }
        assert (found["console"]["ring"], found["console"]["card"]) == ("systems", None)
        assert found["health"]["parts"] == ["database"]

    async def test_a_module_is_as_well_as_its_worst_check(self, app: Harness, weather: type[Weather]) -> None:
        weather.health = Health.DEGRADED
        found = await systems(app)
        assert (found["shipping"]["health"], found["health"]["health"]) == ("degraded", "ok")

    async def test_a_number_that_cannot_be_told_is_left_out(
        self, app: Harness, weather: type[Weather]
    ) -> None:
        weather.boxes = None
        found = await systems(app)
        assert found["shipping"]["card"] is None

    async def test_counts_how_the_promises_stand_on_this_engine(self, app: Harness, tmp_path: Path) -> None:
        write_proof(tmp_path, 1, result(outcome="violated"))
        write_proof(tmp_path, 2, result())
        write_proof(tmp_path, 3, result(engine="postgres", outcome="violated"), engine="postgres")
        assert (await systems(app))["shipping"]["guarantees"] == {
            "held": 1,
            "violated": 0,
            "weaker": 0,
            "unproven": 1,
        }

    @pytest.mark.parametrize(
        "path", ["/v1/console/systems", "/v1/console/systems/shipping", "/v1/console/guarantees"]
    )
    async def test_is_for_those_who_may_look(self, app: Harness, path: str) -> None:
        refused = await app.client.get(path, headers=GUEST)
        assert (refused.status_code, refused.json()["permission"]) == (403, "console:read")
        assert (await app.client.get(path)).status_code == 401

    @pytest.mark.needs("postgres")
    async def test_names_postgresql_with_its_version(self, open_console: Opener) -> None:
        async with open_console(DATABASE_URL=POSTGRES) as app:
            house = await app.get("/v1/console/systems")
            assert (await app.get("/v1/console/guarantees"))["engine"] == "postgres"
        name, _, version = house["parts"][0]["engine"].partition(" ")
        assert name == "PostgreSQL"
        assert int(version.partition(".")[0]) >= 13


class TestPulses:
    async def test_follow_health_and_number(self, app: Harness, weather: type[Weather]) -> None:
        ada = await app.backend.authenticator.authenticate({"authorization": "Bearer ada-token"})
        assert ada is not None
        before = {pulse.name: pulse for pulse in await service.pulses(app.backend, ada)}
        weather.boxes, weather.health = "4", Health.FAILED
        after = {pulse.name: pulse for pulse in await service.pulses(app.backend, ada)}
        assert before["shipping"].card is not None
        assert after["shipping"].card is not None
        assert (before["shipping"].card.value, before["shipping"].health) == ("3", Health.OK)
        assert (after["shipping"].card.value, after["shipping"].health) == ("4", Health.FAILED)
        assert [after[name] for name in ("health", "console")] == [
            before[name] for name in ("health", "console")
        ]


class TestOneSystem:
    async def test_shows_what_it_declares(self, app: Harness) -> None:
        shown = await app.get("/v1/console/systems/shipping")
        assert shown["package"] == "tests.systems.console"
        assert shown["permissions"] == [{"name": "shipping:load", "description": "Load boxes"}]
        assert shown["routes"] == [
            {
                "method": "GET",
                "path": "/v1/boxes",
                "summary": "List the boxes.",
                "permission": "shipping:load",
            },
            {"method": "GET", "path": "/boxes/{name}/label", "summary": "Show a label", "permission": None},
        ]
        assert shown["settings"] == [{"name": "shipping.boats", "value": "2", "provenance": "default"}]
        assert shown["readme"] == ""

    async def test_tells_where_a_setting_came_from(self, open_console: Opener) -> None:
        async with open_console(BACKSTAY_SHIPPING_BOATS="5") as app:
            shown = await app.get("/v1/console/systems/shipping")
        assert shown["settings"] == [
            {
                "name": "shipping.boats",
                "value": "5",
                "provenance": "environment BACKSTAY_SHIPPING_BOATS",
            }
        ]

    async def test_renders_the_readme_safely(self, app: Harness) -> None:
        readme = (await app.get("/v1/console/systems/console"))["readme"]
        assert "<h1>" in readme
        assert "<script" not in readme

    async def test_an_unknown_name_is_told_the_known_ones(self, app: Harness) -> None:
        answer = await app.client.get(
            "/v1/console/systems/shiping", headers={"authorization": "Bearer ada-token"}
        )
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (404, "no_such_system")
        assert problem["detail"] == "No module is called 'shiping'; composed are health, console, shipping."
