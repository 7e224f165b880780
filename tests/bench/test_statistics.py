from __future__ import annotations

import pytest

from bench.harness.statistics import Spread, by_round, pairwise_ratios, spread
from tests.bench.rounds import round_


def test_a_spread_is_the_middle_and_the_ends() -> None:
    assert spread([5.0, 1.0, 3.0]) == Spread(median=3.0, low=1.0, high=5.0, count=3)
    assert spread([4.0, 1.0, 2.0, 9.0]) == Spread(median=3.0, low=1.0, high=9.0, count=4)
    assert spread([]) is None


def test_how_far_the_ends_lie_apart_is_told_as_a_share_of_the_median() -> None:
    assert Spread(median=4.0, low=3.0, high=5.0, count=3).relative == pytest.approx(0.5)
    assert Spread(median=0.0, low=0.0, high=0.0, count=1).relative == 0.0


def test_ratios_are_taken_within_a_round_so_that_a_slow_spell_cancels_out() -> None:
    # Round 2 fell into a spell that doubled every cost; the ratio of medians would be 3.
    ours, theirs = {1: 100.0, 2: 200.0, 3: 100.0}, {1: 300.0, 2: 600.0, 3: 330.0}
    assert pairwise_ratios(theirs, ours) == Spread(median=3.0, low=3.0, high=3.3, count=3)


def test_a_round_that_one_side_lacks_makes_no_ratio() -> None:
    assert pairwise_ratios({1: 300.0, 2: 100.0}, {1: 100.0, 3: 100.0}) == Spread(3.0, 3.0, 3.0, 1)
    assert pairwise_ratios({1: 300.0}, {2: 100.0}) is None


def test_a_round_without_measurable_cost_of_ours_makes_no_ratio() -> None:
    assert pairwise_ratios({1: 300.0}, {1: 0.0}) is None


def test_rounds_are_picked_by_contender_and_workload_and_void_ones_left_out() -> None:
    rounds = [
        round_("ours", 1, cpu=0.2),
        round_("ours", 2, cpu=0.3, fault="3 of 1000 answers were errors"),
        round_("ours", 3, cpu=0.4),
        round_("peer", 1, cpu=0.9),
        round_("ours", 1, cpu=0.7, workload="list"),
    ]
    found = by_round(rounds, "ours", "get", lambda one: one.cpu_per_request)
    assert found == {1: pytest.approx(200.0), 3: pytest.approx(400.0)}


def test_a_round_tells_its_rates_per_request() -> None:
    one = round_("ours", 1, cpu=0.25)
    assert one.throughput == 1000.0
    assert one.cpu_per_request == pytest.approx(250.0)
    assert one.postgres_per_request == pytest.approx(100.0)
