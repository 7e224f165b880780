"""Planting bugs: only where a lab waits for it, and never half."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from backstay.kernel.guarantees import (
    Guarantee,
    GuaranteeError,
    Lab,
    Patch,
    Verdict,
    guarantee,
    held_if,
    plant_sabotage,
)
from backstay.kernel.guarantees.sabotage import RECEIPT_VARIABLE, SABOTAGE_VARIABLE


def declared(plant: Callable[[Patch], None]) -> Guarantee:
    @guarantee("rope-holds", promise="", safety="probe")
    async def check(lab: Lab) -> Verdict:
        return held_if(True)

    check.sabotage("cut the rope")(plant)
    return check


@pytest.fixture
def receipt(tmp_path: Path) -> Path:
    path = tmp_path / "planted"
    path.touch()
    return path


def environment(receipt: Path, name: str = "rope-holds/1") -> dict[str, str]:
    return {SABOTAGE_VARIABLE: name, RECEIPT_VARIABLE: str(receipt)}


def test_without_the_variable_nothing_happens() -> None:
    def plant(patch: Patch) -> None:
        raise AssertionError

    assert plant_sabotage([declared(plant)], {}) is None


def test_the_bug_is_planted_and_the_process_signs_for_it(receipt: Path) -> None:
    rope = SimpleNamespace(strength=100)
    planted = plant_sabotage([declared(lambda patch: patch(rope, "strength", 1))], environment(receipt))
    assert planted == "rope-holds/1"
    assert rope.strength == 1
    assert receipt.read_text() == f"{os.getpid()}\n"


def test_without_a_lab_that_waits_for_it_a_left_over_variable_stops_the_server(tmp_path: Path) -> None:
    rope = SimpleNamespace(strength=100)
    guarantees = [declared(lambda patch: patch(rope, "strength", 1))]
    for environ in ({SABOTAGE_VARIABLE: "rope-holds/1"}, environment(tmp_path / "absent")):
        with pytest.raises(
            GuaranteeError, match="is set to 'rope-holds/1' but no lab started this server: unset it"
        ):
            plant_sabotage(guarantees, environ)
    assert rope.strength == 100


@pytest.mark.parametrize("name", ["rope-holds/2", "rope-holds", "other/1"])
def test_an_unknown_bug_is_refused(receipt: Path, name: str) -> None:
    with pytest.raises(GuaranteeError, match=f"no sabotage is called '{name}'"):
        plant_sabotage([declared(lambda patch: None)], environment(receipt, name))
    assert receipt.read_text() == ""


def test_what_is_not_there_cannot_be_patched(receipt: Path) -> None:
    rope = SimpleNamespace()
    with pytest.raises(GuaranteeError, match="has no 'strength' to replace"):
        plant_sabotage([declared(lambda patch: patch(rope, "strength", 1))], environment(receipt))
    assert not hasattr(rope, "strength")
    assert receipt.read_text() == ""


def test_a_bug_that_patches_nothing_is_no_bug(receipt: Path) -> None:
    with pytest.raises(GuaranteeError, match="patched nothing"):
        plant_sabotage([declared(lambda patch: None)], environment(receipt))
    assert receipt.read_text() == ""


def pull(rope: str, by: int, *, hard: bool = False) -> None:
    del rope, by, hard


@pytest.mark.parametrize(
    ("replacement", "refused"),
    [
        (lambda rope, by, *, hard: None, ""),
        (lambda *given, **named: None, ""),
        (lambda one, another, **named: None, ""),
        (lambda rope, hard, by: None, ""),
        (lambda rope, by: None, "hard"),
        (lambda *given: None, "hard"),
        (lambda rope, *, hard: None, "by"),
        (lambda **named: None, "rope, by"),
        (None, ""),
    ],
)
def test_a_bug_takes_what_it_replaces_takes(receipt: Path, replacement: object, refused: str) -> None:
    rope = SimpleNamespace(pull=pull)
    guarantees = [declared(lambda patch: patch(rope, "pull", replacement))]
    if not refused:
        assert plant_sabotage(guarantees, environment(receipt)) == "rope-holds/1"
        assert rope.pull is replacement
        return
    with pytest.raises(GuaranteeError, match=f"what replaces 'pull' does not take {refused}: whoever"):
        plant_sabotage(guarantees, environment(receipt))
    assert rope.pull is pull
    assert receipt.read_text() == ""
