"""What fails alone too has failed; what does not is named."""

from __future__ import annotations

from collections.abc import Sequence

from tools.second_hearing import MOST, hear


class Bench:
    """Runs tests of which some fail."""

    def __init__(self, *broken: str) -> None:
        self.broken = broken
        self.heard: list[str] = []

    def __call__(self, names: Sequence[str]) -> bool:
        self.heard += names
        return not set(names) & set(self.broken)


def test_an_unsteady_test_is_named_and_the_run_counts() -> None:
    bench = Bench()
    passed, said = hear(["test_a.py::test_x"], bench)
    assert passed
    assert bench.heard == ["test_a.py::test_x"]
    assert said.splitlines()[0] == "UNSTEADY      test_a.py::test_x"


def test_one_that_fails_again_fails_the_run_whatever_the_others_do() -> None:
    passed, said = hear(["a", "b"], Bench("b"))
    assert not passed
    assert said.splitlines()[:2] == ["FAILED TWICE  b", "UNSTEADY      a"]


def test_many_failures_are_no_noise() -> None:
    bench = Bench()
    passed, said = hear([f"test_{number}" for number in range(MOST + 1)], bench)
    assert not passed
    assert bench.heard == []
    assert said == "4 tests failed; only up to 3 are heard again."


def test_a_run_that_ended_for_another_reason_stays_failed() -> None:
    passed, _ = hear([], Bench())
    assert not passed
