"""The sliding counter: two counts, the older of which fades out evenly over the present window.

The state is the present window's number, the count of the one before it, and its own. Fading goes by
whole milliseconds, so that all products stay below 2**53, where Lua's numbers are still exact.
"""

from __future__ import annotations

from backstay.systems.ratelimit.contracts import Policy
from backstay.systems.ratelimit.engines.algorithms.step import State, Step

_MILLI = 1000
"""Microseconds in a millisecond."""


def step(policy: Policy, state: State, now: int, cost: int) -> Step:
    """Let a cost in if it fits beside this window's count and what has not faded of the last one's."""
    span, quota = policy.span, policy.quota
    window = now // span
    mended: State | None = None
    before, count = 0, 0
    if state:
        if state[0] > window:
            state = mended = (window, *state[1:])
        if state[0] == window:
            before, count = state[1], state[2]
        elif state[0] == window - 1:
            before = state[2]
    start, length = window * span, span // _MILLI
    used = before * (length - (now - start) // _MILLI) + count * length
    room = quota * length - used
    reset = _reset(span, start - now, before, count)
    if cost > quota:
        return Step(False, 0, reset, None, state, mended)
    if cost * length > room:
        if count + cost <= quota:
            retry = start - now + (length - (quota - count - cost) * length // before) * _MILLI
        else:
            retry = start - now + span + max(0, length - (quota - cost) * length // count) * _MILLI
        return Step(False, max(0, room // length), reset, retry, state, mended)
    if cost == 0:
        return Step(True, room // length, reset, None, state, mended)
    remaining = (room - cost * length) // length
    return Step(True, remaining, start - now + 2 * span, None, (window, before, count + cost), mended)


def _reset(span: int, since: int, before: int, count: int) -> int:
    if count:
        return since + 2 * span
    return since + span if before else 0


def ends_at(policy: Policy, state: State) -> int:
    """When its own count has faded in the window after it."""
    return (state[0] + 2) * policy.span
