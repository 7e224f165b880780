"""Runs of checks against the tiny server: verdicts, planted bugs, seeds, what is kept."""

from __future__ import annotations

import asyncio
from types import ModuleType
from typing import Any

import pytest

from backstay.kernel.guarantees import (
    Client,
    Ended,
    Guarantee,
    Lab,
    Patch,
    Verdict,
    guarantee,
    held_if,
)
from backstay.proving.ledger import lab_root
from backstay.proving.results import exit_status
from backstay.proving.runner import prove

from .checks import check, only
from .conftest import plan

pytestmark = pytest.mark.lab


async def test_every_promise_of_the_tiny_server_holds(tiny: ModuleType) -> None:
    events: list[dict[str, Any]] = []
    (proof,) = await prove(plan(*tiny.GUARANTEES), events.append)

    assert [result.outcome for result in proof.results] == ["held", "held", "held"], [
        result.sentence for result in proof.results
    ]
    counter, kill, disk = proof.results
    assert counter.sentence.startswith("held for 1 trial under no faults, seed 7, on SQLite 3.")
    assert kill.sentence.startswith("held for 2 trials under SIGKILL, seed 7, on SQLite 3.")
    assert disk.sentence.startswith("held for 1 trial under a full disk, seed 7, on SQLite 3.")
    assert all(result.sentence.endswith(f", commit {proof.commit}") for result in proof.results)
    assert counter.facts == {"final": 90}
    assert (counter.operations.total, counter.operations.ok) == (91, 91)
    assert disk.facts == {"failed": 6}
    assert [lane.name for lane in counter.lanes][:2] == ["server 1", "server 2"]
    assert [mark.kind for mark in kill.lanes[0].marks] == [
        *["start", "ready", "kill", "exit"] * 2,
        "start",
        "ready",
        "exit",
    ]
    assert exit_status([proof]) == 0
    assert [event["event"] for event in events if event["event"] not in {"progress", "mark"}] == [
        "run",
        *["started", "verdict"] * 3,
        "finished",
    ]
    assert list(lab_root().iterdir()) == []


async def test_every_planted_bug_is_caught_and_shown_by_few_operations(tiny: ModuleType) -> None:
    (proof,) = await prove(plan(*tiny.GUARANTEES, sabotage=True))

    for result in proof.results:
        assert result.outcome == "violated", result.sentence
        assert result.sabotage is not None
        assert result.sabotage.caught
        shown = [op.id for op in result.operations.shown if op.evidence]
        assert shown == sorted(result.evidence)
    counter, kill, disk = proof.results
    assert len(counter.evidence) == 2
    assert len(kill.evidence) == len(disk.evidence) == 1
    assert counter.sabotage is not None
    assert counter.sabotage.name == "tiny-counter-is-exact/1"
    assert counter.replay == (
        "backstay prove --guarantee tiny-counter-is-exact --engine sqlite --seed 7 --sabotage"
    )
    assert exit_status([proof]) == 0


async def test_the_bug_is_in_the_server_only(tiny: ModuleType) -> None:
    """The same process of the lab runs first with the bug, then without."""
    assert (await only(tiny.counter_is_exact, sabotage=True)).outcome == "violated"
    assert (await only(tiny.counter_is_exact)).outcome == "held"


async def test_a_bug_that_the_check_does_not_see_is_an_uncaught_one(tiny: ModuleType) -> None:
    made: Guarantee = tiny.items_survive_kill

    @made.sabotage("a bug that this promise does not speak of")
    def harmless(patch: Patch) -> None:
        raise NotImplementedError

    # The server plants what *it* has under this number; the tiny one has only the first.
    (proof,) = await prove(plan(made, sabotage=True))
    first, second = proof.results
    assert first.outcome == "violated"
    assert second.outcome == "inconclusive"
    assert "no sabotage is called 'tiny-items-survive-kill/2'" in second.reason
    assert not second.passed
    assert exit_status([proof]) == 1


async def test_the_seed_makes_the_same_choices_again() -> None:
    drawn: list[list[Any]] = []

    @check(trials=2)
    async def of_this_test(lab: Lab) -> Verdict:
        await lab.server()

        async def draw(client: Client) -> None:
            drawn[-1].append((client.name, client.random.randint(0, 10**9)))
            await client.get("/counter")

        drawn.append([lab.random.randint(0, 10**9) for _ in lab.trials()])
        await lab.clients(2).each(2, draw)
        drawn[-1].sort(key=str)
        return held_if(True)

    for seed in (7, 7, 8):
        assert (await only(of_this_test, seed=seed)).trials == 2
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]


async def test_trials_can_be_asked_for() -> None:
    @check(trials=2)
    async def of_this_test(lab: Lab) -> Verdict:
        server = await lab.server()
        for trial in lab.trials():
            if trial == 3:
                return held_if(False, "the third")
            await server.get("/counter")
        return held_if(True)

    assert (await only(of_this_test)).sentence.startswith("held for 2 trials under no faults")
    result = await only(of_this_test, trials=5)
    assert result.sentence.startswith("violated in trial 3 of 5: the third; seed 7")
    assert result.replay.endswith("--guarantee of-this-test --engine sqlite --seed 7 --trials 5")


async def test_a_reader_that_gets_no_answer_makes_no_verdict() -> None:
    @check()
    async def of_this_test(lab: Lab) -> Verdict:
        server = await lab.server()
        await server.get("/nowhere")
        return held_if(True)

    assert (await only(of_this_test)).reason == "GET /nowhere was needed for the verdict and got 404: {}"


async def test_operations_of_a_long_run_are_sampled_and_what_failed_is_kept() -> None:
    @check()
    async def of_this_test(lab: Lab) -> Verdict:
        await lab.server()
        await lab.clients(4).each(150, lambda client: client.post("/counter", json={"amount": 1}))
        await lab.clients(1).each(3, lambda client: client.get("/nowhere"))
        return held_if(False, "this one", evidence=[77])

    operations = (await only(of_this_test)).operations
    assert (operations.total, operations.ok, operations.fail, operations.info) == (603, 600, 3, 0)
    assert [op.id for op in operations.shown if op.evidence] == [77]
    assert sum(op.ended is Ended.FAIL for op in operations.shown) == 3
    assert len(operations.shown) == 401
    assert [op.id for op in operations.shown] == sorted(op.id for op in operations.shown)


async def test_with_keep_logs_and_data_stay(tiny: ModuleType) -> None:
    events: list[dict[str, Any]] = []
    await prove(plan(tiny.counter_is_exact, keep=True), events.append)
    (kept,) = [event["folder"] for event in events if event["event"] == "kept"]
    (folder,) = lab_root().iterdir()
    assert str(folder) == kept
    assert {path.name for path in folder.iterdir()} >= {"ledger.jsonl", "server-1.log", "server-2.log"}
    assert list(folder.glob("*/lab.db"))


async def test_checks_run_beside_each_other_when_asked_and_results_keep_their_order() -> None:
    met = asyncio.Barrier(2)

    async def meet(lab: Lab) -> Verdict:
        server = await lab.server()
        await server.get("/counter")
        await met.wait()
        return held_if(True)

    pair = [
        guarantee(name, promise="They meet.", safety="probe", engines=["sqlite"], timeout=30)(meet)
        for name in ("first", "second")
    ]
    (proof,) = await prove(plan(*pair, jobs=2))
    assert [(each.guarantee, each.outcome) for each in proof.results] == [
        ("first", "held"),
        ("second", "held"),
    ]
