"""The three algorithms in whole numbers: stores in Python run them, the others are held against them."""

from __future__ import annotations

from backstay.systems.ratelimit.contracts import Algorithm, Policy
from backstay.systems.ratelimit.engines.algorithms import counter, gcra, log
from backstay.systems.ratelimit.engines.algorithms.step import State, Step, decision_of

__all__ = ["State", "Step", "decision_of", "ends_at", "step"]

_STEPS = {Algorithm.GCRA: gcra.step, Algorithm.LOG: log.step, Algorithm.COUNTER: counter.step}
_ENDS = {Algorithm.GCRA: gcra.ends_at, Algorithm.LOG: log.ends_at, Algorithm.COUNTER: counter.ends_at}


def step(policy: Policy, state: State, now: int, cost: int) -> Step:
    """What a policy says of a cost at a moment, given what it knows.

    Args:
        policy: the policy.
        state: what was kept of the key; empty when nothing was.
        now: the store's clock, in microseconds.
        cost: 0 asks how much is left.
    """
    return _STEPS[policy.algorithm](policy, state, now, cost)


def ends_at(policy: Policy, state: State) -> int:
    """The moment from which a state says no more than none would."""
    return _ENDS[policy.algorithm](policy, state)
