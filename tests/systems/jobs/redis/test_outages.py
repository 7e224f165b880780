"""A Redis that is killed, stands still, or is not fit for jobs."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backstay.kernel.database import Database
from backstay.systems.jobs.contracts import Durability
from backstay.systems.jobs.engines.redis import Address, RedisStore, RedisUnfit
from backstay.systems.jobs.engines.store import LeaseKey, NewJob
from backstay.systems.jobs.errors import StoreUnavailable
from tests.systems.jobs.redis.servers import Server, until
from tests.systems.jobs.redis.stores import check_invariants, done, new, states

pytestmark = pytest.mark.needs("redis")


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    (tmp_path / "redis").mkdir()
    server = Server(tmp_path / "redis")
    await server.start()
    yield server
    await server.kill()


async def test_a_killed_server_loses_no_acknowledged_job(server: Server, sqlite_database: Database) -> None:
    store = RedisStore(server.url, sqlite_database)
    await store.check()
    assert store.promises.durability is Durability.DISK
    kept: list[NewJob] = []
    ended: set[LeaseKey] = set()

    async def produce() -> None:
        while True:
            batch = [new() for _ in range(20)]
            await store.enqueue_now(batch)
            kept.extend(batch)

    async def consume() -> None:
        while True:
            claims = await store.claim("w", ["default"], 10, 30)
            answers = await store.settle([done(one) for one in claims])
            ended.update(one.key for one, held in zip(claims, answers, strict=True) if held)

    for round_ in range(1, 4):
        work = [asyncio.create_task(produce()), asyncio.create_task(consume())]
        await until(lambda enough=round_ * 400: len(kept) > enough and len(ended) > enough / 4, 30)  # type: ignore[misc]  # bound now
        await server.kill()
        for outcome in await asyncio.gather(*work, return_exceptions=True):
            assert isinstance(outcome, StoreUnavailable)
        await server.start()
    await check_invariants(store)
    assert "gone" not in await states(store, kept)
    finished = {
        job.id for job, state in zip(kept, await states(store, kept), strict=True) if state == "completed"
    }
    assert {key.id for key in ended} <= finished
    await store.close()


async def test_a_dead_listener_is_noticed_and_heals(server: Server, sqlite_database: Database) -> None:
    store = RedisStore(server.url, sqlite_database)
    try:
        await store.wait(["default"], 10)  # begins to listen: what became ready before is unknown
        await store.claim("w", ["default"], 1, 30)
        waiting = asyncio.create_task(store.wait(["default"], 300))
        server.signal(signal.SIGSTOP)
        began = time.monotonic()
        await until(lambda: not store.healthy(), 5)
        assert not waiting.done()
        server.signal(signal.SIGCONT)
        await until(store.healthy, 5)
        await asyncio.wait_for(waiting, 5)
        assert time.monotonic() - began < 10
        await store.claim("w", ["default"], 1, 30)
        await server.kill()
        await until(lambda: not store.healthy(), 5)
        waiting = asyncio.create_task(store.wait(["default"], 300))
        await server.start()
        await until(store.healthy, 5)
        await store.enqueue_now([new()])
        await asyncio.wait_for(waiting, 5)
        assert len(await store.claim("w", ["default"], 1, 30)) == 1
    finally:
        await store.close()


async def test_waking(server: Server, sqlite_database: Database) -> None:
    store, other = (RedisStore(server.url, sqlite_database) for _ in range(2))
    try:
        await store.wait(["a"], 10)
        await store.claim("w", ["a"], 1, 30)
        waiting = asyncio.create_task(store.wait(["a"], 300))
        await other.enqueue_now([new(queue="b"), new(queue="a")])
        await asyncio.wait_for(waiting, 5)
        assert len(await store.claim("w", ["a"], 5, 30)) == 1
        await store.wait(["a"], 0.01)  # nothing is there: it ends with its time
    finally:
        await store.close()
        await other.close()


async def test_a_server_that_evicts_is_refused(tmp_path: Path, sqlite_database: Database) -> None:
    server = Server(tmp_path, "--maxmemory-policy", "allkeys-lru")
    await server.start()
    store = RedisStore(server.url, sqlite_database)
    try:
        with pytest.raises(
            RedisUnfit, match=r"maxmemory-policy 'allkeys-lru'.*Set maxmemory-policy to noeviction"
        ):
            await store.check()
        # Whoever asks a running server what it promises is told the same, and no job is called safe.
        promised = await store.promised()
        assert promised.durability is Durability.MEMORY
        assert "Set maxmemory-policy to noeviction" in promised.limits[-1]
    finally:
        await store.close()
        await server.kill()


@pytest.mark.parametrize(
    ("options", "durability"),
    [(("--appendonly", "yes"), Durability.SYSTEM), (("--appendonly", "no"), Durability.MEMORY)],
)
async def test_durability_is_the_servers(
    tmp_path: Path, sqlite_database: Database, options: tuple[str, ...], durability: Durability
) -> None:
    server = Server(tmp_path, *options)
    await server.start()
    store = RedisStore(server.url, sqlite_database)
    try:
        (receipt,) = await store.enqueue_now([new()])
        assert receipt.durability is durability
    finally:
        await store.close()
        await server.kill()


def test_addresses() -> None:
    plain = Address.parse("redis://host:6380/2")
    assert (plain.url, plain.keys) == ("redis://host:6380/2", "{backstay}:")
    own = Address.parse("rediss://u:p@host/0?prefix=shop&ssl_check_hostname=true")
    assert (own.url, own.keys) == ("rediss://u:p@host/0?ssl_check_hostname=true", "{shop}:")
    with pytest.raises(ValueError, match="begins with 'amqp'"):
        Address.parse("amqp://host")
    with pytest.raises(ValueError, match="prefix"):
        Address.parse("redis://host/0?prefix={x}")
