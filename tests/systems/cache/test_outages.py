"""Redis away, stopped, or back with nothing: values are computed, in time, and none is old."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backstay.kernel.clock import ManualClock
from backstay.systems.cache.engines.redis import parse
from tests.systems.cache.benches import Bench, open_bench
from tests.systems.jobs.redis.servers import Server

pytestmark = pytest.mark.needs("redis")


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    server = Server(tmp_path, "--appendonly", "no")
    await server.start()
    yield server
    server.signal(signal.SIGCONT)
    await server.kill()


@pytest.fixture
async def bench(server: Server, tmp_path: Path, clock: ManualClock) -> AsyncIterator[Bench]:
    url = f"sqlite:///{tmp_path}/outage.db"
    async with open_bench("redis", url, clock, redis=server.url, timeout=0.2) as opened:
        yield opened


async def again(bench: Bench) -> None:
    """Let the nodes ask Redis at once, without the second in which nobody does."""
    for node in bench.nodes:
        node.cache.store._away_until = 0.0  # type: ignore[attr-defined]  # of the Redis engine


async def test_values_are_computed_while_redis_is_dead(bench: Bench, server: Server) -> None:
    one, other = bench.nodes
    assert await one.ask(1) == 1
    await server.kill()
    assert [await one.ask(2), await one.ask(3), await other.ask(4)] == [2, 3, 4]
    assert not one.cache.store.available
    await server.start()
    await again(bench)
    # It has come back with nothing.
    assert [await one.ask(5), await other.ask(6)] == [5, 5]
    assert one.cache.store.available


async def test_a_redis_that_stands_still_costs_its_time_limit_once(bench: Bench, server: Server) -> None:
    node = bench.node
    assert await node.ask(1) == 1
    server.signal(signal.SIGSTOP)
    began = time.monotonic()
    answers = await asyncio.gather(*(node.ask(2) for _ in range(50)))
    took = time.monotonic() - began
    assert set(answers) == {2}
    assert took >= 0.2
    began = time.monotonic()
    assert await node.ask(3) == 3
    assert time.monotonic() - began < 0.2  # nobody asks it for a second
    assert not node.cache.store.available


async def test_what_was_invalidated_while_redis_was_away_is_old_when_it_is_back(
    bench: Bench, server: Server
) -> None:
    one, other = bench.nodes
    assert [await one.ask(1), await other.ask(2)] == [1, 1]
    server.signal(signal.SIGSTOP)
    await one.invalidate()
    assert await one.ask(3) == 3
    server.signal(signal.SIGCONT)
    await again(bench)
    await other.catch_up()
    assert [await other.ask(4), await one.ask(5)] == [4, 4]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1", "redis://127.0.0.1?prefix=a%20b", "redis://127.0.0.1?prefix=" + "a" * 65]
)
def test_what_is_no_redis_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="CACHE_URL"):
        parse(url)
    assert parse("redis://127.0.0.1:6379/1?prefix=shop") == ("redis://127.0.0.1:6379/1", "shop")
