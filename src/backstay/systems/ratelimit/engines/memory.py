"""Limits of one process: a dictionary in shards, whose memory is bounded."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from backstay.systems.ratelimit.contracts import MICRO, Algorithm, Decision, Lease, Policy, Take, Verdict
from backstay.systems.ratelimit.engines.algorithms import State, Step, ends_at, step
from backstay.systems.ratelimit.engines.asking import weigh

MOST_KEYS: Final = 1 << 20
_SHARDS: Final = 64
_GCRA: Final = Algorithm.GCRA


_Kept: TypeAlias = int | tuple[int, State]
"""Of a key: with GCRA its state, which is when it ends; else when it ends, and the state."""


class MemoryStore:
    """Counts in this process, for one event loop.

    No method waits for anything between reading and writing, so each is one step without a lock, which would
    cost a fifth of a check.
    """

    name = "memory"
    shared = False

    def __init__(self, *, most_keys: int = MOST_KEYS, clock: Callable[[], int] | None = None) -> None:
        """At most `most_keys` keys. `clock` tells microseconds, and is given by tests alone."""
        # The process's own, which nobody sets; as it is, for a function around it costs as much again.
        self._nanoseconds = time.monotonic_ns if clock is None else lambda: clock() * 1000
        self._shards: list[dict[bytes, _Kept]] = [{} for _ in range(_SHARDS)]
        self._places: dict[bytes, dict[bytes, int]] = {}
        self._room = max(1, most_keys // _SHARDS)
        self.evicted = 0
        """Keys that were forgotten before their time because the memory was full."""

    async def take(self, takes: Sequence[Take]) -> Verdict:
        """Take from all or from none."""
        if len(takes) != 1:
            return self._weigh(takes, keep=True)
        take = takes[0]
        policy = take.policy
        if policy.algorithm is not _GCRA:
            return self._weigh(takes, keep=True)
        # Nearly every request: `algorithms.gcra.step` written out, for a call costs as much as all it does.
        key, interval = take.key, policy.interval
        shard = self._shards[key[0] % _SHARDS]
        now = self._nanoseconds() // 1000
        arrival: Any = shard.get(key, 0)
        # Not max(), which costs as much as all the rest of the arithmetic.
        after = (arrival if arrival > now else now) + take.cost * interval  # noqa: FURB136 - as said above
        left = now + policy.tolerance - after
        if left < 0 or take.cost < 1:
            # Refused, or asked: rare, or slow on purpose.
            return self._weighed(takes, now, keep=True)
        if not arrival and len(shard) >= self._room:
            self._make_room(shard, now)
        shard[key] = after
        return Verdict(True, (Decision(policy.name, True, left // interval, (after - now) / MICRO),))

    async def peek(self, takes: Sequence[Take]) -> Verdict:
        """What `take` would say."""
        return self._weigh(takes, keep=False)

    def _weigh(self, takes: Sequence[Take], *, keep: bool) -> Verdict:
        return self._weighed(takes, self._nanoseconds() // 1000, keep=keep)

    def _weighed(self, takes: Sequence[Take], now: int, *, keep: bool) -> Verdict:
        def look(take: Take, cost: int) -> Step:
            found = self._shards[take.key[0] % _SHARDS].get(take.key)
            return step(take.policy, _state(found), now, cost)

        weighed = weigh(takes, look)
        if keep:
            for take, state in weighed.keep:
                self._set(take.policy, take.key, state, now)
        return weighed.verdict

    def _set(self, policy: Policy, key: bytes, state: State, now: int) -> None:
        shard = self._shards[key[0] % _SHARDS]
        if key not in shard and len(shard) >= self._room:
            self._make_room(shard, now)
        gcra = policy.algorithm is Algorithm.GCRA
        shard[key] = state[0] if gcra else (ends_at(policy, state), state)

    def _make_room(self, shard: dict[bytes, _Kept], now: int) -> None:
        for key in [key for key, kept in shard.items() if _end(kept) <= now]:
            del shard[key]
        if len(shard) >= self._room:
            # Whose quota is there again soonest loses least by it.
            nearest = sorted(shard, key=lambda key: _end(shard[key]))[: max(1, self._room // 8)]
            self.evicted += len(nearest)
            for key in nearest:
                del shard[key]

    async def forget(self, keys: Sequence[bytes]) -> None:
        """Let these begin anew."""
        for key in keys:
            self._shards[key[0] % _SHARDS].pop(key, None)

    async def enter(self, key: bytes, holder: bytes, limit: int, seconds: float) -> Lease | None:
        """Hold a place, if one is free."""
        now = self._nanoseconds() // 1000
        places = {
            one: until for one, until in self._places.get(key, {}).items() if until > now or one == holder
        }
        if holder not in places and len(places) >= limit:
            return None
        places[holder] = now + round(seconds * MICRO)
        self._places[key] = places
        return Lease(key, holder, len(places))

    async def leave(self, key: bytes, holder: bytes) -> None:
        """Give a place back."""
        places = self._places.get(key, {})
        places.pop(holder, None)
        if not places:
            self._places.pop(key, None)

    async def ping(self) -> None:
        """Always there."""

    async def prune(self, limit: int) -> int:
        """Remove what has ended."""
        now = self._nanoseconds() // 1000
        ended = [(shard, key) for shard in self._shards for key, kept in shard.items() if _end(kept) <= now][
            :limit
        ]
        for shard, key in ended:
            del shard[key]
        for key in [key for key, held in self._places.items() if max(held.values()) <= now]:
            del self._places[key]
        return len(ended)

    async def close(self) -> None:
        """Nothing to give back."""


def _state(kept: _Kept | None) -> State:
    if kept is None:
        return ()
    return (kept,) if isinstance(kept, int) else kept[1]


def _end(kept: _Kept) -> int:
    return kept if isinstance(kept, int) else kept[0]
