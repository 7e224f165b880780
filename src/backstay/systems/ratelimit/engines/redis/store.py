"""The store's verbs as scripts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from backstay.systems.ratelimit.contracts import KEY_BYTES, MICRO, Algorithm, Decision, Lease, Take, Verdict
from backstay.systems.ratelimit.engines.asking import numbers_of, refuse_unfit, verdict_of
from backstay.systems.ratelimit.engines.redis.address import Address
from backstay.systems.ratelimit.engines.redis.scripts import Server, calling, script

_GCRA: Final = Algorithm.GCRA
_MOST_COMMANDS: Final = 1024


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
        self._commands: dict[tuple[int, ...], tuple[bytes, bytes]] = {}

    async def take(self, takes: Sequence[Take]) -> Verdict:
        """Take from all or from none."""
        if len(takes) != 1:
            return await self._ask(takes, 1)
        take = takes[0]
        policy, cost = take.policy, take.cost
        if policy.algorithm is not _GCRA or cost < 1:
            return await self._ask(takes, 1)
        before, after = self._around(policy.capacity, policy.interval, cost)
        admitted, remaining, reset, retry = await self._server.run_written(
            self._take_one, before + take.key + after
        )
        wait = None if retry < 0 else retry / MICRO
        decision = Decision(policy.name, admitted == 1, remaining, reset / MICRO, wait)
        return Verdict(admitted == 1 or policy.shadow, (decision,))

    def _around(self, *numbers: int) -> tuple[bytes, bytes]:
        """The command of nearly every request, before its key and after: what is the same each time."""
        found = self._commands.get(numbers)
        if found is None:
            if len(self._commands) >= _MOST_COMMANDS:
                self._commands.clear()
            key = bytes(KEY_BYTES)
            command = calling(self._take_one, 1, self._address.limits + key, *numbers)
            before, _, after = command.partition(key)
            found = self._commands[numbers] = before, after
        return found

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
