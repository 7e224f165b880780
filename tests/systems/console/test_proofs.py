"""Reading the runs that `backstay prove` left."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backstay.proving.results import Operations, PlantedBug, Proof, Result, store
from backstay.systems.console import service
from tests.systems.console.conftest import ADA, MARK, OPERATION, Harness, Opener, result, write_proof


async def promise(app: Harness, name: str = "boxes-arrive") -> Any:
    listed = await app.get("/v1/console/guarantees")
    return next(item for item in listed["items"] if item["name"] == name)


BUG = {"name": "boxes-arrive/1", "words": "drop every third box", "caught": True}


class TestGuarantees:
    async def test_are_told_as_they_are_declared(self, app: Harness) -> None:
        listed = await app.get("/v1/console/guarantees")
        assert (listed["engine"], listed["can_prove"]) == ("sqlite", True)
        assert [item["name"] for item in listed["items"]] == ["boxes-arrive", "boxes-are-counted"]
        assert listed["items"][0] == {
            "name": "boxes-arrive",
            "system": "shipping",
            "promise": "A box that was loaded arrives.",
            "safety": "probe",
            "engines": ["sqlite", "postgres"],
            "faults": [],
            "trials": 3,
            "core": True,
            "sabotages": [
                {
                    "name": "boxes-arrive/1",
                    "words": "drop every third box",
                    "engines": ["sqlite", "postgres"],
                }
            ],
            "proofs": [],
        }

    async def test_come_with_their_runs_newest_first(self, app: Harness, tmp_path: Path) -> None:
        first = write_proof(tmp_path, 1, result(guarantee="boxes-are-counted"), result())
        second = write_proof(tmp_path, 2, result(outcome="violated", sabotage=BUG), sabotage=True)
        runs = (await promise(app))["proofs"]
        assert [run["id"] for run in runs] == [f"{second}.0", f"{first}.1"]
        assert runs[1] == {
            "id": f"{first}.1",
            "guarantee": "boxes-arrive",
            "engine": "sqlite",
            "engine_version": "SQLite 3.45.1",
            "outcome": "held",
            "sentence": "held for 3 trials under no faults, seed 7, on SQLite 3.45.1, commit abc",
            "reason": "",
            "trials": 3,
            "faults": [],
            "seed": 7,
            "commit": "abc",
            "started_at": "2026-01-01T12:00:00Z",
            "duration": 1.25,
            "operations": 1,
            "sabotage": None,
            "replay": "backstay prove --guarantee boxes-arrive --engine sqlite --seed 7",
        }
        assert runs[0]["sabotage"] == BUG

    async def test_however_many_ran_since_the_newest_of_each_kind_is_there(
        self, app: Harness, tmp_path: Path
    ) -> None:
        write_proof(tmp_path, 1, result(engine="postgres"), engine="postgres")
        for day in range(2, 31):
            write_proof(tmp_path, day, result())
        runs = (await promise(app))["proofs"]
        assert len(runs) == 25
        assert runs[-1]["engine"] == "postgres"

    async def test_a_run_that_made_room_is_forgotten(self, app: Harness, tmp_path: Path) -> None:
        name = write_proof(tmp_path, 1, result())
        assert len((await promise(app))["proofs"]) == 1
        (tmp_path / "proofs" / f"{name}.json").unlink()
        assert (await promise(app))["proofs"] == []

    @pytest.mark.parametrize("content", ["", "[]", '{"schema": "backstay.proof/2", "results": []}'])
    async def test_what_cannot_be_read_is_passed_over(
        self, app: Harness, tmp_path: Path, content: str
    ) -> None:
        write_proof(tmp_path, 1, result())
        (tmp_path / "proofs" / "20260102T120000000000Z-sqlite.json").write_text(content)
        assert len((await promise(app))["proofs"]) == 1

    async def test_another_version_s_artifact_is_passed_over(self, app: Harness, tmp_path: Path) -> None:
        name = write_proof(tmp_path, 1, result())
        path = tmp_path / "proofs" / f"{name}.json"
        path.write_text(path.read_text().replace("backstay.proof/1", "backstay.proof/2"))
        assert (await promise(app))["proofs"] == []


class TestStanding:
    @pytest.mark.parametrize(
        ("outcome", "counted"),
        [
            ("held", "held"),
            ("violated", "violated"),
            ("weaker", "weaker"),
            ("inconclusive", "unproven"),
            ("not-applicable", None),
        ],
    )
    async def test_counts_each_verdict_as_what_it_means(
        self, app: Harness, tmp_path: Path, outcome: str, counted: str | None
    ) -> None:
        write_proof(tmp_path, 1, result(outcome=outcome), result(guarantee="boxes-are-counted"))
        standing = app.backend.part(service.Proofs).standing(app.backend.modules, "sqlite")["shipping"]
        expected = {"held": 1, "violated": 0, "weaker": 0, "unproven": 0}
        if counted is not None:
            expected[counted] += 1
        assert msgspec.to_builtins(standing) == expected

    async def test_a_planted_bug_counts_for_nothing(self, app: Harness, tmp_path: Path) -> None:
        write_proof(tmp_path, 1, result(outcome="violated", sabotage=BUG), sabotage=True)
        standing = app.backend.part(service.Proofs).standing(app.backend.modules, "sqlite")["shipping"]
        assert msgspec.to_builtins(standing) == {"held": 0, "violated": 0, "weaker": 0, "unproven": 2}


class TestOneRun:
    async def test_is_shown_with_its_history(self, app: Harness, tmp_path: Path) -> None:
        name = write_proof(tmp_path, 1, result())
        shown = await app.get(f"/v1/console/proofs/{name}.0")
        assert shown["facts"] == {"seen": 3}
        assert shown["history"] == {"total": 1, "ok": 1, "fail": 0, "info": 0, "shown": [OPERATION]}
        assert shown["lanes"] == [{"name": "server 1", "kind": "server", "marks": [MARK]}]
        assert shown["operations"] == 1

    @pytest.mark.parametrize(
        "wrong",
        [
            "{name}.1",
            "{name}",
            "{name}.0.json",
            "20250101T120000000000Z-sqlite.0",
            "..%2F..%2F{name}.0",
            "-sqlite.0",
            "x",
        ],
    )
    async def test_any_other_id_is_none(self, app: Harness, tmp_path: Path, wrong: str) -> None:
        name = write_proof(tmp_path, 1, result())
        answer = await app.client.get(f"/v1/console/proofs/{wrong.format(name=name)}", headers=ADA)
        assert (answer.status_code, answer.json()["code"]) in {(404, "no_such_proof"), (404, "no_such_route")}

    async def test_what_the_lab_stores_is_what_is_read(self, open_console: Opener, tmp_path: Path) -> None:
        """The two sides of the schema meet: the lab's own writer, the console's own reader."""
        stored = store(
            tmp_path,
            Proof(
                started_at=datetime(2026, 2, 1, tzinfo=UTC),
                engine="sqlite",
                engine_version="SQLite 3.45.1",
                commit="abc",
                seed=1,
                duration=1.0,
                sabotage=True,
                target=None,
                version="0.1.0",
                results=(
                    Result(
                        guarantee="boxes-arrive",
                        declared_in="tests",
                        promise="",
                        safety="probe",
                        engine="sqlite",
                        outcome="violated",
                        sentence="violated in trial 1 of 3: box 3 is gone",
                        reason="box 3 is gone",
                        trials=3,
                        faults=("kill",),
                        seed=1,
                        duration=1.0,
                        sabotage=PlantedBug(name="boxes-arrive/1", words="drop every third box", caught=True),
                        facts={},
                        evidence=(),
                        operations=Operations(total=0, ok=0, fail=0, info=0, shown=()),
                        lanes=(),
                        replay="backstay prove",
                    ),
                ),
            ),
        )
        async with open_console() as app:
            (run,) = (await promise(app))["proofs"]
            shown = await app.get(f"/v1/console/proofs/{run['id']}")
        assert run["id"] == f"{stored.stem}.0"
        assert (shown["outcome"], shown["faults"], shown["sabotage"]) == ("violated", ["kill"], BUG)
