"""The sliding log: exact in every window.

The state is the moment and cost of everything that was admitted in the last window, oldest first;
what was admitted in one microsecond is one entry. A request counts for one window, its end excluded.
"""

from __future__ import annotations

from backstay.systems.ratelimit.contracts import Policy
from backstay.systems.ratelimit.engines.algorithms.step import State, Step


def step(policy: Policy, state: State, now: int, cost: int) -> Step:
    """Let a cost in if the last window has room for it."""
    quota, span = policy.quota, policy.span
    moments, costs = [min(moment, now) for moment in state[::2]], list(state[1::2])
    mended: State | None = None
    if state and state[-2] > now:
        mended = _joined(moments, costs)
    live = [(moment, one) for moment, one in zip(moments, costs, strict=True) if moment > now - span]
    used = sum(one for _, one in live)
    reset = live[-1][0] + span - now if live else 0
    if cost > quota:
        return Step(False, 0, reset, None, state, mended)
    if used + cost > quota:
        retry = _room_in(live, used + cost - quota, span) - now
        return Step(False, max(0, quota - used), reset, retry, state, mended)
    if cost == 0:
        return Step(True, quota - used, reset, None, state, mended)
    taken = _joined([*(moment for moment, _ in live), now], [*(one for _, one in live), cost])
    return Step(True, quota - used - cost, span, None, taken, mended)


def _room_in(live: list[tuple[int, int]], wanted: int, span: int) -> int:
    """The moment when the oldest requests that make up for `wanted` have left the window."""
    for moment, cost in live:
        wanted -= cost
        if wanted <= 0:
            return moment + span
    return live[-1][0] + span


def _joined(moments: list[int], costs: list[int]) -> State:
    """The flat state, with one entry a moment."""
    flat: list[int] = []
    for moment, cost in zip(moments, costs, strict=True):
        if flat and flat[-2] == moment:
            flat[-1] += cost
        else:
            flat += (moment, cost)
    return tuple(flat)


def ends_at(policy: Policy, state: State) -> int:
    """When the last request has left the window."""
    return state[-2] + policy.span
