"""All or nothing: what several policies say of one request together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from backstay.systems.ratelimit.contracts import MICRO, Algorithm, Decision, Take, Verdict
from backstay.systems.ratelimit.engines.algorithms import State, Step, decision_of

_CODES: Final = {Algorithm.GCRA: 1, Algorithm.LOG: 2, Algorithm.COUNTER: 3}


class Weighed(NamedTuple):
    """The answer, and which states are to be kept."""

    verdict: Verdict
    keep: list[tuple[Take, State]]


def weigh(takes: Sequence[Take], look: Callable[[Take, int], Step]) -> Weighed:
    """Ask every policy; take from all that admit, unless one that is no shadow refuses.

    Args:
        takes: with different keys.
        look: what a policy says of a cost, now; asked again for what is left when nothing is taken.

    Raises:
        ValueError: two takes have the same key, or a cost is below 0.
    """
    refuse_unfit(takes)
    steps = [look(take, take.cost) for take in takes]
    admitted = all(step.admitted or take.policy.shadow for take, step in zip(takes, steps, strict=True))
    keep: list[tuple[Take, State]] = []
    decisions = []
    for take, step in zip(takes, steps, strict=True):
        told = step
        if admitted and step.admitted and take.cost:
            keep.append((take, step.taken))
        else:
            if step.mended is not None:
                keep.append((take, step.mended))
            if step.admitted and take.cost:
                told = look(take, 0)
        decisions.append(decision_of(take.policy, told))
    return Weighed(Verdict(admitted, tuple(decisions)), keep)


def refuse_unfit(takes: Sequence[Take]) -> None:
    """Stop what no store can answer.

    Raises:
        ValueError: two takes have the same key, or a cost is below 0.
    """
    if len({take.key for take in takes}) != len(takes):
        raise ValueError("two takes have the same key: add up their costs")
    if any(take.cost < 0 for take in takes):
        raise ValueError("a cost is below 0")


def numbers_of(takes: Sequence[Take]) -> list[int]:
    """The takes as PostgreSQL and Redis read them: seven numbers each, without the keys."""
    numbers: list[int] = []
    for take in takes:
        policy = take.policy
        numbers += (
            _CODES[policy.algorithm],
            policy.quota,
            policy.span,
            policy.capacity,
            policy.interval,
            take.cost,
            int(policy.shadow),
        )
    return numbers


def verdict_of(takes: Sequence[Take], steps: Sequence[tuple[bool, int, int, int | None]]) -> Verdict:
    """The verdict on takes that a store has weighed: of each admitted, remaining, reset and retry."""
    decisions = tuple(
        Decision(
            take.policy.name, admitted, remaining, reset / MICRO, None if retry is None else retry / MICRO
        )
        for take, (admitted, remaining, reset, retry) in zip(takes, steps, strict=True)
    )
    admitted = all(one.admitted or take.policy.shadow for take, one in zip(takes, decisions, strict=True))
    return Verdict(admitted, decisions)
