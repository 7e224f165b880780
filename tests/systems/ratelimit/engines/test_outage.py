"""A store that is late, gone, or back: every policy decides as it says, in time, and nothing raises."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from backstay.systems.ratelimit.contracts import (
    Decision,
    Policy,
    StoreUnavailable,
    Take,
    Verdict,
    WhenDown,
    key_of,
)
from backstay.systems.ratelimit.engines import outage
from backstay.systems.ratelimit.engines.memory import MemoryStore
from backstay.systems.ratelimit.engines.outage import GuardedStore
from backstay.systems.ratelimit.engines.redis import RedisStore
from tests.systems.jobs.redis.servers import Server, until


def take(when_down: WhenDown, *, quota: int = 2, shadow: bool = False, cost: int = 1) -> Take:
    policy = Policy(name=when_down.value, quota=quota, window=60, when_down=when_down, shadow=shadow)
    return Take(policy, key_of(policy, "ada"), cost)


OPEN, CLOSED, LOCAL = (take(when_down) for when_down in (WhenDown.OPEN, WhenDown.CLOSED, WhenDown.LOCAL))


class Faulty(MemoryStore):
    """A memory that can be told to fail or to hang."""

    shared = True

    def __init__(self) -> None:
        super().__init__()
        self.fails: Exception | None = None
        self.hangs = False
        self.asked = 0

    async def take(self, takes: Sequence[Take]) -> Verdict:
        await self._suffer()
        return await super().take(takes)

    async def ping(self) -> None:
        await self._suffer()

    async def _suffer(self) -> None:
        self.asked += 1
        if self.fails is not None:
            raise self.fails
        if self.hangs:
            await asyncio.Event().wait()


@pytest.fixture
def faulty() -> Faulty:
    return Faulty()


@pytest.fixture
async def store(faulty: Faulty, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[GuardedStore]:
    monkeypatch.setattr(outage, "RETRY", 0.01)
    guarded = GuardedStore(faulty, 0.05)
    yield guarded
    await guarded.close()


async def test_while_it_answers_the_store_decides(store: GuardedStore, faulty: Faulty) -> None:
    await store.open()
    assert (await store.take([LOCAL])).decisions[0].remaining == 1
    assert (await faulty.peek([take(WhenDown.LOCAL, cost=0)])).decisions[0].remaining == 1
    assert (store.available, store.estimated, store.outages) == (True, 0, 0)


@pytest.mark.parametrize(
    "failure", [StoreUnavailable("redis: gone"), OSError(), RuntimeError("a bug of the store")]
)
async def test_each_policy_says_what_happens_without_the_store(
    store: GuardedStore, faulty: Faulty, failure: Exception
) -> None:
    faulty.fails = failure
    assert await store.take([OPEN]) == Verdict(
        True, (Decision("open", admitted=True, remaining=2, reset_after=0.0),), estimated=True
    )
    assert await store.take([CLOSED]) == Verdict(
        False,
        (Decision("closed", admitted=False, remaining=0, reset_after=1.0, retry_after=1.0),),
        estimated=True,
    )
    assert [(await store.take([LOCAL])).admitted for _ in range(3)] == [True, True, False]
    assert store.estimated == 5
    assert store.outages == 1


async def test_a_policy_that_is_closed_takes_nothing_from_the_others(
    store: GuardedStore, faulty: Faulty
) -> None:
    faulty.fails = StoreUnavailable("gone")
    refused = await store.take([LOCAL, CLOSED, OPEN])
    assert [one.admitted for one in refused.decisions] == [True, False, True]
    assert not refused.admitted
    assert (await store.take([LOCAL])).decisions[0].remaining == 1
    shadow = take(WhenDown.CLOSED, shadow=True)
    assert (await store.take([LOCAL, shadow])).admitted


async def test_a_late_answer_is_given_up_in_time_and_three_leave_the_store_alone(
    store: GuardedStore, faulty: Faulty
) -> None:
    faulty.hangs = True
    began = time.monotonic()
    for _ in range(3):
        assert (await store.take([OPEN])).estimated
    assert 0.15 <= time.monotonic() - began < 1.0
    assert not store.available
    asked = faulty.asked
    began = time.monotonic()
    for _ in range(100):
        assert (await store.take([OPEN])).admitted
    # Nobody waits for it now.
    assert time.monotonic() - began < 0.05
    assert faulty.asked - asked <= 1
    assert store.estimated == 103


async def test_one_late_answer_is_no_outage(store: GuardedStore, faulty: Faulty) -> None:
    faulty.hangs = True
    assert (await store.take([OPEN])).estimated
    faulty.hangs = False
    assert not (await store.take([OPEN])).estimated
    assert (store.available, store.outages) == (True, 0)


async def test_an_answer_counts_that_came_while_the_loop_was_busy(store: GuardedStore) -> None:
    asked = asyncio.create_task(store.take([OPEN]))
    await asyncio.sleep(0)
    time.sleep(0.1)  # noqa: ASYNC251 - the loop is to be late
    assert not (await asked).estimated


async def test_it_is_asked_again_and_decides_once_it_is_back(store: GuardedStore, faulty: Faulty) -> None:
    faulty.fails = StoreUnavailable("gone")
    await store.take([LOCAL])
    assert not store.available
    faulty.fails = None
    await until(lambda: store.available, 5)
    assert not (await store.take([LOCAL])).estimated
    faulty.fails = StoreUnavailable("gone again")
    await store.take([LOCAL])
    assert store.outages == 2


async def test_who_asks_for_places_is_told_that_nobody_knows(store: GuardedStore, faulty: Faulty) -> None:
    faulty.fails = StoreUnavailable("gone")
    await store.take([OPEN])
    with pytest.raises(StoreUnavailable):
        await store.enter(b"k", b"a", 1, 1.0)
    with pytest.raises(StoreUnavailable):
        await store.forget([OPEN.key])
    with pytest.raises(StoreUnavailable):
        await store.prune(1)


async def test_a_cancelled_request_takes_its_question_with_it(store: GuardedStore, faulty: Faulty) -> None:
    faulty.hangs = True
    asked = asyncio.create_task(store.take([OPEN]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    await asyncio.sleep(0)
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []


@pytest.mark.needs("redis")
async def test_a_redis_that_stands_still_or_dies_is_survived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outage, "RETRY", 0.05)
    server = Server(tmp_path, "--appendonly", "no")
    await server.start()
    guarded = GuardedStore(RedisStore(server.url), 0.05)
    try:
        await guarded.open()
        assert not (await guarded.take([LOCAL])).estimated
        server.signal(signal.SIGSTOP)
        slowest = 0.0
        for _ in range(10):
            began = time.monotonic()
            assert (await guarded.take([OPEN])).admitted
            slowest = max(slowest, time.monotonic() - began)
        assert not guarded.available
        assert slowest < 0.5  # of which 50 ms are ours and the rest the machine's
        server.signal(signal.SIGCONT)
        await until(lambda: guarded.available, 10)
        assert (await guarded.take([take(WhenDown.LOCAL, cost=0)])).decisions[0].remaining == 1
        await server.kill()
        assert (await guarded.take([OPEN])).estimated
        await server.start()
        await until(lambda: guarded.available, 10)
        assert (await guarded.take([LOCAL])).decisions[0].remaining == 1
        assert guarded.outages == 2
    finally:
        await guarded.close()
        await server.kill()
