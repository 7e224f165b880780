"""Our stores, measured by the same program as the peers."""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from pathlib import Path

from backstay.kernel.database import Database
from backstay.kernel.signing import Keys
from backstay.systems.ratelimit.contracts import Algorithm, Policy, Store, Take, key_of
from backstay.systems.ratelimit.engines.memory import MemoryStore
from backstay.systems.ratelimit.engines.outage import GuardedStore
from backstay.systems.ratelimit.engines.postgres import CONNECTIONS, PostgresStore
from backstay.systems.ratelimit.engines.redis import RedisStore
from backstay.systems.ratelimit.engines.sqlite import SqliteStore

sys.path.insert(0, str(Path(__file__).parent / "peers/python"))
import measuring  # type: ignore[import-not-found]  # beside the peers, who have nothing of ours

_KEYS = Keys(b"a secret of thirty-two bytes, or so")


def _store(url: str) -> Store:
    if not url:
        return MemoryStore()
    if url.startswith("redis"):
        return RedisStore(url)
    if url.startswith("postgres"):
        return PostgresStore(partial(Database.open, url, keys=_KEYS, pool_size=CONNECTIONS))
    return SqliteStore(Path(url))


async def _nothing(_key: int) -> bool:
    return True


async def open_check(contender: str, url: str, quota: int, window: int, name: str) -> measuring.Check:
    """`ours-gcra`, `ours-log`, `ours-counter`: behind the guard, as the house runs it; or `ours-nothing`."""
    if contender == "ours-nothing":
        return _nothing
    store = _store(url)
    if url:
        # As long as the machine likes, so that an answer that is late here is still the store's.
        store = GuardedStore(store, 5.0)
        await store.open()
    policy = Policy(
        name="bench", quota=quota, window=window, algorithm=Algorithm(contender.removeprefix("ours-"))
    )
    takes = [(Take(policy, key_of(policy, name, str(key))),) for key in range(measuring.KEYS)]

    async def check(key: int) -> bool:
        verdict = await store.take(takes[key])
        if verdict.estimated:
            raise RuntimeError("the store was away: that is no measurement")
        return verdict.admitted

    return check


if __name__ == "__main__":
    asyncio.run(measuring.main(open_check))
