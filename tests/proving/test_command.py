"""`backstay prove` as a person calls it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest
from click.testing import CliRunner, Result

from backstay.kernel.guarantees import Guarantee, Lab, Patch, Verdict, guarantee, held_if
from backstay.kernel.module import Module
from backstay.proving import command
from backstay.proving.plan import Plan
from backstay.proving.results import load

from .conftest import LAUNCH

pytestmark = pytest.mark.lab


def promised(name: str, *, core: bool = True, value: int = 0, sabotaged: bool = True) -> Guarantee:
    @guarantee(name, promise=f"{name}.", safety="probe", engines=["sqlite"], core=core)
    async def check(lab: Lab) -> Verdict:
        server = await lab.server()
        seen = (await server.get("/counter"))["value"]
        return held_if(seen == value, seen=seen)

    if sabotaged:

        @check.sabotage("nothing that shows")
        def nothing(patch: Patch) -> None:
            raise NotImplementedError

    return check


def module(name: str, *guarantees: Guarantee) -> Module:
    return Module(name=name, summary="", package="backstay.kernel", guarantees=guarantees)


ROPE = (module("rope", promised("rope-holds"), promised("rope-floats", core=False)),)


@pytest.fixture
def prove(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """Call the command over these modules, with the tiny server in place of backstay's."""
    real = Plan
    monkeypatch.setattr(command, "Plan", lambda **options: real(**options, launch=LAUNCH))
    monkeypatch.chdir(tmp_path)

    def call(
        *arguments: str,
        modules: Sequence[Module] = ROPE,
    ) -> Result:
        return CliRunner().invoke(command.prove, arguments, obj=lambda: modules)

    return call


def names(folder: Path) -> list[str]:
    (path,) = sorted((folder / "proofs").iterdir())
    return [result.guarantee for result in load(path).results]


def test_without_options_the_core_set_runs_and_the_proof_is_kept(
    prove: Callable[..., Result], tmp_path: Path
) -> None:
    called: Result = prove("--data-dir", "data")
    assert called.exit_code == 0, called.output
    assert "trying 1 guarantee on SQLite" in called.output
    assert names(tmp_path / "data") == ["rope-holds"]


@pytest.mark.parametrize(
    ("arguments", "chosen"),
    [
        (["--all"], ["rope-holds", "rope-floats"]),
        (["--system", "rope"], ["rope-holds", "rope-floats"]),
        (["--guarantee", "rope-floats"], ["rope-floats"]),
    ],
)
def test_choosing(
    prove: Callable[..., Result], tmp_path: Path, arguments: list[str], chosen: list[str]
) -> None:
    assert prove("--data-dir", "data", *arguments).exit_code == 0
    assert names(tmp_path / "data") == chosen


def test_a_violation_exits_with_1_and_every_file_is_written(
    prove: Callable[..., Result], tmp_path: Path
) -> None:
    called = prove(
        *["--seed", "99", "--json", "a.json", "--junit", "a.xml", "--html", "a.html", "--data-dir", "data"],
        modules=[module("rope", promised("rope-holds", value=5))],
    )
    assert called.exit_code == 1
    assert "violated in trial 1 of 1: seen is 0; seed 99" in called.output
    assert load(tmp_path / "a.json").results[0].facts == {"seen": 0}
    assert ET.parse(tmp_path / "a.xml").getroot()[0].attrib["failures"] == "1"
    assert "seen is 0" in (tmp_path / "a.html").read_text()


def test_what_cannot_be_judged_exits_with_2(prove: Callable[..., Result]) -> None:
    broken = replace(promised("rope-holds"), timeout=0.001)
    called = prove("--data-dir", "data", modules=[module("rope", broken)])
    assert called.exit_code == 2
    assert "no verdict within 0.001 s" in called.output


def test_an_uncaught_bug_exits_with_1(prove: Callable[..., Result]) -> None:
    called = prove("--sabotage", "--data-dir", "data")
    assert called.exit_code == 1
    assert "NOT CAUGHT" in called.output


def test_events_are_json_lines_on_standard_output_and_nothing_else_is(prove: Callable[..., Result]) -> None:
    called = prove("--events", "-", "--seed", "3", "--data-dir", "data")
    assert called.exit_code == 0
    events = [msgspec.json.decode(line) for line in called.stdout.splitlines()]
    kinds = [event["event"] for event in events]
    assert (kinds[0], kinds[-1]) == ("run", "finished")
    assert events[0]["seed"] == 3
    (verdict,) = [event for event in events if event["event"] == "verdict"]
    assert verdict["outcome"] == "held"
    assert {event["kind"] for event in events if event["event"] == "mark"} == {"start", "ready", "exit"}
    assert "trying 1 guarantee" in called.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["--guarantee", "rope-sings"],
            "no guarantee is called 'rope-sings'; there are: rope-floats, rope-holds",
        ),
        (["--system", "sail"], "no module is called 'sail'; there are: rope"),
        (
            ["--sabotage", "--target", "http://there"],
            "bugs are planted only in servers that the lab itself started",
        ),
        (["--target", "there"], "--target takes http://host:port, not 'there'"),
        (["--trials", "0"], "0 is not in the range x>=1"),
    ],
)
def test_wrong_use_is_told(prove: Callable[..., Result], arguments: list[str], told: str) -> None:
    called = prove(*arguments)
    assert called.exit_code == 2
    assert told in " ".join(called.output.split())


def test_a_guarantee_without_sabotage_is_refused_before_anything_runs(prove: Callable[..., Result]) -> None:
    called = prove(modules=[module("rope", promised("rope-holds", sabotaged=False))])
    assert called.exit_code == 2
    assert "guarantee 'rope-holds' has no sabotage on sqlite" in " ".join(called.output.split())


def test_nothing_to_run_is_told(prove: Callable[..., Result]) -> None:
    assert "there is no guarantee to run" in prove(modules=[module("rope")]).output


def test_a_seed_is_chosen_and_told_when_none_is_given(prove: Callable[..., Result], tmp_path: Path) -> None:
    assert prove("--json", "a.json", "--data-dir", "data").exit_code == 0
    assert 0 <= json.loads((tmp_path / "a.json").read_text())["seed"] < 1_000_000
