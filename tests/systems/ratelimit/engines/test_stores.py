"""What every store promises beside its arithmetic: nothing written by a refusal, little kept, places."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from redis.asyncio import Redis

from backstay.systems.ratelimit.contracts import (
    MICRO,
    Algorithm,
    Lease,
    Policy,
    StoreUnavailable,
    Take,
    key_of,
)
from backstay.systems.ratelimit.engines.memory import MemoryStore, _state
from backstay.systems.ratelimit.engines.redis import RedisStore
from backstay.systems.ratelimit.engines.sqlite import SqliteStore
from tests.plugins.servers import REDIS
from tests.systems.ratelimit.engines.stores import Bench

HUNDRED = Policy(name="hundred", quota=100, window=60)


def take(policy: Policy, who: str = "ada", cost: int = 1) -> Take:
    return Take(policy, key_of(policy, who), cost)


async def test_a_hundred_are_admitted_and_the_next_is_told_when_to_come(bench: Bench) -> None:
    for left in reversed(range(100)):
        verdict = await bench.store.take([take(HUNDRED)])
        assert (verdict.admitted, verdict.decisions[0].remaining) == (True, left)
    refused = await bench.store.take([take(HUNDRED)])
    assert not refused.admitted
    assert not refused.estimated
    (decision,) = refused.decisions
    assert (decision.policy, decision.remaining, decision.reset_after, decision.retry_after) == (
        *("hundred", 0),
        *(60.0, 0.6),
    )
    await bench.move(599_999)
    assert not (await bench.store.take([take(HUNDRED)])).admitted
    await bench.move(1)
    assert (await bench.store.take([take(HUNDRED)])).admitted
    assert not (await bench.store.take([take(HUNDRED)])).admitted
    assert (await bench.store.take([take(HUNDRED, "bob")])).decisions[0].remaining == 99


async def test_a_refusal_by_one_policy_takes_from_none(bench: Bench) -> None:
    small = Policy(name="small", quota=1, window=60, algorithm=Algorithm.LOG)
    wide = Policy(name="wide", quota=10, window=60, algorithm=Algorithm.COUNTER)
    takes = [take(HUNDRED), take(small), take(wide)]
    assert (await bench.store.take(takes)).admitted
    refused = await bench.store.take(takes)
    assert [one.admitted for one in refused.decisions] == [True, False, True]
    assert [one.remaining for one in refused.decisions] == [99, 0, 9]
    left = await bench.store.peek([take(HUNDRED, cost=0), take(wide, cost=0)])
    assert [one.remaining for one in left.decisions] == [99, 9]


async def test_a_shadow_refuses_nobody(bench: Bench) -> None:
    shadow = Policy(name="shadow", quota=1, window=60, shadow=True)
    takes = [take(HUNDRED), take(shadow)]
    await bench.store.take(takes)
    verdict = await bench.store.take(takes)
    assert verdict.admitted
    assert [(one.admitted, one.remaining) for one in verdict.decisions] == [(True, 98), (False, 0)]


@pytest.mark.parametrize("algorithm", Algorithm)
async def test_a_cost_beyond_the_quota_is_told_no_time_to_come_back(
    bench: Bench, algorithm: Algorithm
) -> None:
    policy = Policy(name="costly", quota=10, window=60, algorithm=algorithm)
    (decision,) = (await bench.store.take([take(policy, cost=11)])).decisions
    assert (decision.admitted, decision.remaining, decision.retry_after) == (False, 0, None)
    (decision,) = (await bench.store.take([take(policy, cost=10)])).decisions
    assert (decision.admitted, decision.remaining) == (True, 0)


async def test_what_no_store_can_answer_is_refused(bench: Bench) -> None:
    with pytest.raises(ValueError, match="same key"):
        await bench.store.take([take(HUNDRED), take(HUNDRED)])
    with pytest.raises(ValueError, match="below 0"):
        await bench.store.take([take(HUNDRED, cost=-1)])
    assert (await bench.store.take([])).admitted


async def test_a_forgotten_key_begins_anew(bench: Bench) -> None:
    policy = Policy(name="one", quota=1, window=60)
    await bench.store.take([take(policy), take(HUNDRED)])
    await bench.store.forget([take(policy).key])
    verdict = await bench.store.take([take(policy), take(HUNDRED)])
    assert [one.remaining for one in verdict.decisions] == [0, 98]


async def test_concurrent_takes_admit_exactly_the_quota(bench: Bench) -> None:
    verdicts = await asyncio.gather(*(bench.store.take([take(HUNDRED)]) for _ in range(300)))
    assert sum(one.admitted for one in verdicts) == 100
    assert sorted(one.decisions[0].remaining for one in verdicts if one.admitted) == list(range(100))


async def test_places_are_held_until_they_are_left_or_end(bench: Bench) -> None:
    store = bench.store
    assert await store.enter(b"k" * 16, b"a", 2, 10.0) == Lease(b"k" * 16, b"a", 1)
    assert await store.enter(b"k" * 16, b"b", 2, 20.0) == Lease(b"k" * 16, b"b", 2)
    assert await store.enter(b"k" * 16, b"c", 2, 10.0) is None
    # Who holds one already, renews it.
    assert await store.enter(b"k" * 16, b"a", 2, 10.0) == Lease(b"k" * 16, b"a", 2)
    await store.leave(b"k" * 16, b"nobody")
    await store.leave(b"k" * 16, b"a")
    assert await store.enter(b"k" * 16, b"c", 2, 10.0) == Lease(b"k" * 16, b"c", 2)
    await bench.move(10 * MICRO)
    assert await store.enter(b"k" * 16, b"d", 2, 10.0) == Lease(b"k" * 16, b"d", 2)
    assert await store.enter(b"k" * 16, b"e", 2, 10.0) is None
    assert await store.enter(b"other key 012345", b"e", 1, 10.0) == Lease(b"other key 012345", b"e", 1)
    assert await store.prune(100) == 0


async def kept(bench: Bench) -> list[bytes]:
    """The states that the store keeps, as bytes."""
    store = bench.store
    if isinstance(store, MemoryStore):
        return [b"8 bytes." * len(_state(one)) for shard in store._shards for one in shard.values()]
    if isinstance(store, SqliteStore):
        found: list[tuple[bytes]] = await store._ask(
            lambda connection, _: connection.execute("SELECT state FROM limits").fetchall()
        )
        return [state for (state,) in found]
    if isinstance(store, RedisStore):
        client = Redis.from_url(REDIS)
        keys = [key async for key in client.scan_iter(f"{store._address.limits.decode()}*")]
        states = [await client.get(key) for key in keys]
        await client.aclose()
        return [bytes(state) for state in states if isinstance(state, bytes)]
    connection: asyncpg.Connection = bench.connection  # type: ignore[attr-defined]  # of the PostgreSQL bench
    rows = await connection.fetch("SELECT state FROM ratelimit_limits")
    return [b"8 bytes." * len(row["state"]) for row in rows]


@pytest.mark.parametrize("algorithm", [Algorithm.GCRA, Algorithm.COUNTER])
async def test_a_key_takes_few_bytes_and_a_refusal_none(bench: Bench, algorithm: Algorithm) -> None:
    policy = Policy(name="thousand", quota=1000, window=60, algorithm=algorithm)
    for _ in range(30):
        await bench.store.take([take(policy, cost=30)])
    (state,) = await kept(bench)
    # The key, the state, and when it ends.
    assert 16 + len(state) + 8 <= 128
    for _ in range(10):
        assert not (await bench.store.take([take(policy, cost=101)])).admitted
        assert not (await bench.store.take([take(policy, "bob", cost=1001)])).admitted
    assert await kept(bench) == [state]


async def test_what_says_nothing_any_more_is_removed(bench: Bench) -> None:
    for algorithm in Algorithm:
        await bench.store.take([take(Policy(name="p", quota=10, window=60, algorithm=algorithm))])
    await bench.store.take([take(Policy(name="p", quota=10, window=86_400))])
    if bench.name == "redis":
        return  # there they expire by themselves: see the next test
    await bench.move(200 * MICRO)
    assert await bench.store.prune(2) == 2
    assert await bench.store.prune(10) == 1
    assert await bench.store.prune(10) == 0
    assert len(await kept(bench)) == 1


@pytest.mark.needs("redis")
async def test_redis_lets_keys_expire_when_they_say_nothing_any_more() -> None:
    prefix = f"test-{uuid4().hex}"
    store, client = RedisStore(f"{REDIS}?prefix={prefix}"), Redis.from_url(REDIS)
    try:
        one = take(Policy(name="p", quota=10, window=60))
        await store.take([one])
        key = b"{%b}:limit:%b" % (prefix.encode(), one.key)
        assert 5_000 < await client.pttl(key) <= 6_000
        await store.enter(b"k", b"a", 2, 30.0)
        await store.enter(b"k", b"b", 2, 10.0)
        place = b"{%b}:place:k" % prefix.encode()
        assert 29_000 < await client.pttl(place) <= 30_000
        await client.delete(key, place)
    finally:
        await store.close()
        await client.aclose()


@pytest.mark.needs("redis")
async def test_redis_that_forgot_its_scripts_is_told_them_again() -> None:
    store, client = RedisStore(f"{REDIS}?prefix=test-{uuid4().hex}"), Redis.from_url(REDIS)
    try:
        await store.take([take(HUNDRED)])
        await client.script_flush()
        verdicts = await asyncio.gather(*(store.take([take(HUNDRED)]) for _ in range(3)))
        assert sorted(one.decisions[0].remaining for one in verdicts) == [96, 97, 98]
        await store.forget([take(HUNDRED).key])
    finally:
        await store.close()
        await client.aclose()


async def test_the_memory_of_a_process_is_bounded() -> None:
    now = MICRO
    store = MemoryStore(most_keys=128, clock=lambda: now)
    keys = [take(HUNDRED, str(number)) for number in range(1000)]
    for one in keys:
        await store.take([one])
    assert sum(map(len, store._shards)) <= 128
    assert store.evicted >= 1000 - 128
    before = store.evicted
    now += 3600 * MICRO
    for one in keys[:10]:
        await store.take([one])
    # What has ended makes room first.
    assert store.evicted == before


async def test_sqlite_makes_a_broken_file_anew(tmp_path: Path) -> None:
    path = tmp_path / "broken.limits"
    path.write_bytes(b"this is no database " * 100)
    store = SqliteStore(path)
    try:
        with pytest.raises(Exception, match="sqlite: file is not a database"):
            await store.take([take(HUNDRED)])
        assert (await store.take([take(HUNDRED)])).decisions[0].remaining == 99
    finally:
        await store.close()


@pytest.mark.needs("redis")
async def test_who_asks_redis_meanwhile_is_answered_though_the_first_gives_up() -> None:
    store = RedisStore(f"{REDIS}?prefix=test-{uuid4().hex}")
    try:
        await store.take([take(HUNDRED)])
        first = asyncio.create_task(store.take([take(HUNDRED)]))
        await asyncio.sleep(0)
        others = [asyncio.create_task(store.take([take(HUNDRED)])) for _ in range(3)]
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        left = sorted(one.decisions[0].remaining for one in await asyncio.gather(*others))
        # The first may have been counted: it was sent.
        assert left in ([95, 96, 97], [96, 97, 98])
        await store.forget([take(HUNDRED).key])
    finally:
        await store.close()


async def test_a_question_that_fails_ends_no_thread(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "limits.db")

    def fail(_connection: object, _now: int) -> None:
        raise LookupError("a bug")

    try:
        with pytest.raises(StoreUnavailable, match="a bug"):
            await store._ask(fail)
        assert (await store.take([take(HUNDRED)])).admitted
    finally:
        await store.close()
