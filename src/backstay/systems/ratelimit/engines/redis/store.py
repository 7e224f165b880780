"""The store's verbs as scripts."""

from __future__ import annotations

from collections.abc import Sequence

from backstay.systems.ratelimit.contracts import MICRO, Algorithm, Lease, Take, Verdict
from backstay.systems.ratelimit.engines.asking import numbers_of, refuse_unfit, verdict_of
from backstay.systems.ratelimit.engines.redis.address import Address
from backstay.systems.ratelimit.engines.redis.scripts import Server, script


class RedisStore:
    """Counts in one Redis, under one prefix, by its clock. What says nothing any more expires by itself."""

    name = "redis"
    shared = True

    def __init__(self, url: str, *, clock: str | None = None) -> None:
        """Connects at the first use. `clock` is a script that takes clock.lua's place; for tests alone.

        Raises:
            ValueError: the URL names no Redis.
        """
        self._address = Address.parse(url)
        self._server = Server(self._address.url)
        self._take = script("take", clock)
        self._take_one = script("gcra", clock)
        self._enter = script("enter", clock)

    async def take(self, takes: Sequence[Take]) -> Verdict:
        """Take from all or from none."""
        if len(takes) == 1 and takes[0].policy.algorithm is Algorithm.GCRA and takes[0].cost > 0:
            policy, cost = takes[0].policy, takes[0].cost
            key = self._address.limits + takes[0].key
            told = await self._server.run(self._take_one, 1, key, policy.capacity, policy.interval, cost)
            return verdict_of(takes, _steps(told))
        return await self._ask(takes, 1)

    async def peek(self, takes: Sequence[Take]) -> Verdict:
        """What `take` would say."""
        return await self._ask(takes, 0)

    async def _ask(self, takes: Sequence[Take], taking: int) -> Verdict:
        if not takes:
            return Verdict(True, ())
        refuse_unfit(takes)
        prefix = self._address.limits
        keys = [prefix + take.key for take in takes]
        told = await self._server.run(self._take, len(keys), *keys, taking, *numbers_of(takes))
        return verdict_of(takes, _steps(told))

    async def forget(self, keys: Sequence[bytes]) -> None:
        """Let these begin anew."""
        await self._server.ask(b"DEL", *(self._address.limits + key for key in keys))

    async def enter(self, key: bytes, holder: bytes, limit: int, seconds: float) -> Lease | None:
        """Hold a place, if one is free."""
        place = self._address.places + key
        held = await self._server.run(self._enter, 1, place, holder, limit, round(seconds * MICRO))
        return None if held is None else Lease(key, holder, held)

    async def leave(self, key: bytes, holder: bytes) -> None:
        """Give a place back."""
        await self._server.ask(b"ZREM", self._address.places + key, holder)

    async def ping(self) -> None:
        """One round trip."""
        await self._server.ask(b"PING")

    async def prune(self, limit: int) -> int:
        """Nothing to do: Redis removes what has ended."""
        del limit
        return 0

    async def close(self) -> None:
        """Hang up."""
        self._server.close()


def _steps(told: Sequence[int]) -> list[tuple[bool, int, int, int | None]]:
    """What the scripts answer: four numbers a take."""
    return [
        (told[at] == 1, told[at + 1], told[at + 2], None if told[at + 3] < 0 else told[at + 3])
        for at in range(0, len(told), 4)
    ]
