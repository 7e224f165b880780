"""The few statistics that a report needs: medians, ranges, and ratios taken pair by pair."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import median

from msgspec import Struct

from bench.harness.model import Round


class Spread(Struct, frozen=True):
    """What several rounds gave: the middle one, and the ends."""

    median: float
    low: float
    high: float
    count: int

    @property
    def relative(self) -> float:
        """How far the ends lie apart, as a share of the median."""
        return (self.high - self.low) / self.median if self.median else 0.0


def spread(values: Sequence[float]) -> Spread | None:
    """The spread of these values; None of none."""
    if not values:
        return None
    return Spread(median=median(values), low=min(values), high=max(values), count=len(values))


def pairwise_ratios(theirs: Mapping[int, float], ours: Mapping[int, float]) -> Spread | None:
    """The spread of theirs / ours over the rounds that both have.

    Rounds of one number ran within seconds of each other, so that whatever else the machine
    was doing then fell on both: the ratio of a pair is steadier than the ratio of two medians.
    """
    return spread([theirs[number] / ours[number] for number in sorted(theirs) if ours.get(number)])


def by_round(
    rounds: Sequence[Round], contender: str, workload: str, measure: Callable[[Round], float]
) -> dict[int, float]:
    """A measure of the valid rounds of one contender in one workload, by the round's number."""
    return {
        round_.number: measure(round_)
        for round_ in rounds
        if round_.contender == contender and round_.workload == workload and round_.valid
    }
