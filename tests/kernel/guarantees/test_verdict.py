"""The words in which verdicts are told."""

from __future__ import annotations

import pytest

from backstay.kernel.guarantees import (
    Conditions,
    Finding,
    Outcome,
    Verdict,
    held_if,
    inconclusive,
    judge,
    not_applicable,
    sentence,
    weaker,
)

CONDITIONS = Conditions(
    trials=5, trial=3, faults=("kill", "cut"), seed=42, engine="PostgreSQL 16.2", commit="abc123"
)


@pytest.mark.parametrize(
    ("verdict", "told"),
    [
        (
            held_if(True),
            "held for 5 trials under SIGKILL and cut connections, seed 42, on PostgreSQL 16.2, commit abc123",
        ),
        (
            held_if(False, "two of them", evidence=[1, 2]),
            "violated in trial 3 of 5: two of them; seed 42, on PostgreSQL 16.2, commit abc123",
        ),
        (
            weaker("one node only"),
            "weaker here: one node only; seed 42, on PostgreSQL 16.2, commit abc123",
        ),
        (not_applicable("no Redis"), "not applicable: no Redis"),
        (
            inconclusive("no server"),
            "inconclusive: no server; seed 42, on PostgreSQL 16.2, commit abc123",
        ),
    ],
)
def test_every_outcome_is_told_with_its_conditions(verdict: Verdict, told: str) -> None:
    assert sentence(verdict, CONDITIONS) == told


def test_one_trial_without_faults_is_told_as_such() -> None:
    conditions = Conditions(trials=1, trial=1, faults=(), seed=1, engine="SQLite 3.40.1", commit="abc123")
    assert sentence(held_if(True), conditions) == (
        "held for 1 trial under no faults, seed 1, on SQLite 3.40.1, commit abc123"
    )


def test_no_verdict_claims_more_than_was_tried() -> None:
    told = " ".join(sentence(Verdict(outcome=outcome, reason="so"), CONDITIONS) for outcome in Outcome)
    assert "100" not in told
    assert "prove" not in told


def test_held_if_tells_its_facts_when_there_is_no_reason() -> None:
    verdict = held_if(False, seen=9, expected=10)
    assert verdict.outcome is Outcome.VIOLATED
    assert verdict.reason == "seen is 9, expected is 10"
    assert verdict.facts == {"seen": 9, "expected": 10}


def test_judge_takes_the_breach_that_the_fewest_operations_show() -> None:
    verdict = judge(None, Finding("long", (1, 2, 3)), Finding("short", (4,)), Finding("without"), seen=1)
    assert verdict == Verdict(outcome=Outcome.VIOLATED, reason="short", evidence=(4,), facts={"seen": 1})


def test_what_was_not_put_to_the_test_is_held_by_nobody() -> None:
    assert judge(None, untried="no race was had", seen=1) == inconclusive("no race was had", seen=1)
    assert judge(None, untried=None).outcome is Outcome.HELD
    assert judge(Finding("lost"), untried="no race was had").outcome is Outcome.VIOLATED


def test_judge_holds_when_nothing_was_found() -> None:
    assert judge(None, None, seen=1) == Verdict(outcome=Outcome.HELD, facts={"seen": 1})
