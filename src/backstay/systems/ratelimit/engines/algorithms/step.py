"""What one application of an algorithm gives."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from backstay.systems.ratelimit.contracts import MICRO, Decision, Policy

State: TypeAlias = tuple[int, ...]
"""What is kept of a key: whole numbers below 2**53, whose meaning is the algorithm's."""


class Step(NamedTuple):
    """The answer to one cost, and what is to be kept."""

    admitted: bool
    remaining: int
    reset: int
    """Microseconds until the whole quota is there again."""
    retry: int | None
    """Microseconds until the cost would be admitted; None when it is, and when it never will be."""
    taken: State
    """What to keep when the cost is taken."""
    mended: State | None
    """What to keep though nothing is taken: the clock went back, or the policy became smaller, and the
    state lies further ahead than the policy can reach. Left alone it would refuse until it is reached."""


def decision_of(policy: Policy, step: Step) -> Decision:
    """The step in words for who asked."""
    return Decision(
        policy.name,
        step.admitted,
        step.remaining,
        step.reset / MICRO,
        None if step.retry is None else step.retry / MICRO,
    )
