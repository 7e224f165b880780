"""The generic cell rate algorithm in its virtual scheduling form (ITU-T I.371, annex A): a token bucket.

The state is one number, the theoretical arrival time: when the bucket would be full again.
"""

from __future__ import annotations

from backstay.systems.ratelimit.contracts import Policy
from backstay.systems.ratelimit.engines.algorithms.step import State, Step


def step(policy: Policy, state: State, now: int, cost: int) -> Step:
    """Let a cost in if the arrival time then lies no further ahead than the whole bucket."""
    interval, tolerance = policy.interval, policy.tolerance
    arrival = state[0] if state else now
    mended: State | None = None
    if arrival > now + tolerance:
        arrival = now + tolerance
        mended = (arrival,)
    base = max(arrival, now)
    if cost > policy.capacity:
        return Step(False, 0, base - now, None, state, mended)
    after = base + cost * interval
    over = after - now - tolerance
    if over > 0:
        return Step(False, (now + tolerance - base) // interval, base - now, over, state, mended)
    return Step(True, -over // interval, after - now, None, (after,), mended)


def ends_at(policy: Policy, state: State) -> int:
    """When the bucket is full again."""
    del policy
    return state[0]
