"""From the database's commit to Redis: nothing before it, everything after it, each job once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from backstay.kernel.actor import SYSTEM
from backstay.kernel.clock import ManualClock
from backstay.kernel.database import Database
from backstay.systems.jobs.contracts import Durability
from backstay.systems.jobs.engines.redis import RedisStore
from backstay.systems.jobs.engines.store import NewJob
from backstay.systems.jobs.errors import StaleLease
from backstay.systems.jobs.queries import outgoing
from tests.plugins.servers import REDIS
from tests.systems.jobs.redis.servers import Server, until
from tests.systems.jobs.redis.stores import OTHER, check_invariants, done, new, open_store, states

pytestmark = pytest.mark.needs("redis")


@pytest.fixture
async def relayed(kept: Database, clock: ManualClock) -> AsyncIterator[RedisStore]:
    async with open_store(REDIS, kept, clock) as store:
        yield store
        await check_invariants(store)


async def commit(database: Database, store: RedisStore, jobs: list[NewJob]) -> list[bool]:
    async with database.transaction(SYSTEM) as uow:
        return [receipt.created for receipt in await store.enqueue(uow, jobs)]


async def left(database: Database) -> int:
    return len(await database.reader(SYSTEM).all(outgoing.OLDEST, limit=10_000))


async def enqueue_and_fail(database: Database, store: RedisStore, job: NewJob) -> None:
    async with database.transaction(SYSTEM) as uow:
        await store.enqueue(uow, [job])
        raise LookupError


async def test_jobs_leave_with_the_commit(kept: Database, relayed: RedisStore) -> None:
    jobs = [new(order_key="k", payload=f'{{"n":{at}}}'.encode()) for at in range(1200)]
    with pytest.raises(LookupError):
        await enqueue_and_fail(kept, relayed, new())
    assert await left(kept) == 0
    assert await commit(kept, relayed, jobs) == [True] * 1200
    assert await relayed.claim("w", ["default"], 9, 30) == [], "nothing arrives before the relay"
    assert await left(kept) == 1200
    assert await relayed.relay.drain() == 1200
    assert (await left(kept), await relayed.relay.drain()) == (0, 0)
    for job in jobs[:5]:
        (claimed,) = await relayed.claim("w", ["default"], 9, 30)
        assert (claimed.id, claimed.payload) == (job.id, job.payload)
        await relayed.settle([done(claimed)])


async def test_a_commit_wakes_the_relay_and_the_waiting(kept: Database, relayed: RedisStore) -> None:
    async with relayed.running():
        await relayed.claim("w", ["default"], 1, 30)
        job = new()
        waiting = asyncio.create_task(_next(relayed))
        await commit(kept, relayed, [job])
        async with asyncio.timeout(10):
            assert (await waiting).id == job.id
    assert relayed.healthy()


async def _next(store: RedisStore):  # type: ignore[no-untyped-def]  # what claim gives
    while True:
        if claims := await store.claim("w", ["default"], 1, 30):
            return claims[0]
        await store.wait(["default"], 60)


async def test_a_relay_that_died_before_the_rows_left_repeats_nothing(
    kept: Database, relayed: RedisStore, clock: ManualClock
) -> None:
    job = new(retain=0.0)
    await commit(kept, relayed, [job])
    token = await relayed._scripts.call("relay", ["take", 5000])
    assert await relayed.relay._move(token, [], await relayed.relay._rows(10))
    # It dies here. The job lives its whole life and is forgotten before another relay takes over.
    (claimed,) = await relayed.claim("w", ["default"], 9, 30)
    await relayed.settle([done(claimed)])
    assert (await relayed.sweep(10)).pruned == 1
    assert await relayed.relay.drain() is None, "the dead relay's lease is not over"
    await relayed._client.delete(f"{relayed.address.keys}relay")
    assert await relayed.relay.drain() == 1
    assert await left(kept) == 0
    assert await states(relayed, [job]) == ["gone"]
    assert await relayed.claim("w", ["default"], 9, 30) == []
    assert await relayed._client.exists(f"{relayed.address.keys}moved") == 0


async def test_a_relay_that_stood_still_changes_nothing(kept: Database, relayed: RedisStore) -> None:
    await commit(kept, relayed, [new(retain=0.0)])
    token = await relayed._scripts.call("relay", ["take", 5000])
    rows = await relayed.relay._rows(10)
    await relayed._client.delete(f"{relayed.address.keys}relay")  # its lease runs out while it stands still
    assert await relayed.relay.drain() == 1
    (claimed,) = await relayed.claim("w", ["default"], 9, 30)
    await relayed.settle([done(claimed)])
    await relayed.sweep(10)
    assert not await relayed.relay._move(token, [], rows)
    assert await relayed.claim("w", ["default"], 9, 30) == []


async def test_unique_keys_across_the_relay(kept: Database, relayed: RedisStore) -> None:
    first = new(unique_key="u")
    assert await commit(
        kept, relayed, [first, new(unique_key="u"), new(unique_key="u", organization_id=OTHER)]
    ) == [
        True,
        False,
        True,
    ]
    assert await commit(kept, relayed, [new(unique_key="u")]) == [False], "it waits for the relay"
    assert await relayed.relay.drain() == 2
    async with kept.transaction(SYSTEM) as uow:
        (receipt,) = await relayed.enqueue(uow, [new(unique_key="u")])
    assert (receipt.id, receipt.created) == (first.id, False), "it is in Redis"
    assert await left(kept) == 0


async def test_a_claim_ends_after_its_units_commit(kept: Database, relayed: RedisStore) -> None:
    job = new()
    await relayed.enqueue_now([job])
    (claimed,) = await relayed.claim("w", ["default"], 9, 30)
    async with kept.transaction(SYSTEM) as uow:
        await relayed.settle_in(uow, done(claimed, b"7"))
        assert await states(relayed, [job]) == ["running"]
    await asyncio.wait(relayed._settling)
    assert await states(relayed, [job]) == ["completed"]
    with pytest.raises(StaleLease):
        await _settle_again(kept, relayed, claimed)
    (minute,) = await relayed.minutes(60)
    assert (minute.completed, minute.stale) == (1, 1)


async def _settle_again(database: Database, store: RedisStore, claimed) -> None:  # type: ignore[no-untyped-def]  # a Claimed
    async with database.transaction(SYSTEM) as uow:
        await store.settle_in(uow, done(claimed))


async def test_effects_are_noted_once_and_forgotten_with_their_job(
    kept: Database, relayed: RedisStore, clock: ManualClock
) -> None:
    job = new(retain=5.0)
    await relayed.enqueue_now([job])
    (claimed,) = await relayed.claim("w", ["default"], 9, 30)
    told = []
    for _ in range(2):
        async with kept.transaction(SYSTEM) as uow:
            told.append(await relayed.once_in(uow, job.id, "charge"))
            await relayed.check_in(uow, claimed.key)
    assert told == [True, False]
    await relayed.settle([done(claimed)])
    clock.move(timedelta(seconds=5))
    assert (await relayed.sweep(10)).pruned == 1
    async with kept.transaction(SYSTEM) as uow:
        assert await relayed.once_in(uow, job.id, "charge")
        with pytest.raises(StaleLease):
            await relayed.check_in(uow, claimed.key)


async def test_commits_go_on_while_redis_is_away(kept: Database, tmp_path: Path) -> None:
    server = Server(tmp_path)
    await server.start()
    store = RedisStore(server.url, kept)
    try:
        async with store.running():
            await server.kill()
            job = new(unique_key="u")
            async with kept.transaction(SYSTEM) as uow:
                (receipt,) = await store.enqueue(uow, [job])
            assert receipt.created
            await until(lambda: not store.healthy(), 10)
            assert await left(kept) == 1
            await server.start()
            await until(store.healthy, 5)
            async with asyncio.timeout(5):
                assert (await _next(store)).id == job.id
            assert await left(kept) == 0
            await store.check()
            assert store.promises.durability is Durability.DISK
    finally:
        await store.close()
        await server.kill()
