"""Values after their time, before it, and instead of an error."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec import structs

from backstay.kernel.clock import ManualClock
from backstay.systems.cache import Kind, Sharing
from tests.systems.cache.benches import (
    NUMBER_OR_NONE,
    Bench,
    Broken,
    Gate,
    broken,
    kind,
    settled,
)


async def test_an_old_value_is_given_while_a_new_one_is_computed(bench: Bench, clock: ManualClock) -> None:
    node, lasting = bench.node, kind(stale=30)
    assert await node.ask(1, kind=lasting) == 1
    clock.move(timedelta(seconds=61))
    gate = Gate(2)
    assert [await node.ask(gate, kind=lasting) for _ in range(3)] == [1, 1, 1]
    gate.open.set()
    await settled(node)
    assert await node.ask(3, kind=lasting) == 2
    assert node.filled == 2
    clock.move(timedelta(seconds=91))
    assert await node.ask(4, kind=lasting) == 4


async def test_an_invalidated_value_is_not_given_even_while_a_new_one_is_computed(
    bench: Bench, clock: ManualClock
) -> None:
    node, lasting = bench.node, kind(stale=30, on_error=300)
    assert await node.ask(1, kind=lasting) == 1
    clock.move(timedelta(seconds=61))
    await node.invalidate()
    assert await node.ask(2, kind=lasting) == 2
    await node.invalidate()
    with pytest.raises(Broken):
        await node.ask(broken, kind=lasting)


async def test_an_old_value_is_given_when_no_new_one_can_be_computed(
    bench: Bench, clock: ManualClock
) -> None:
    node, lasting = bench.node, kind(on_error=300)
    assert await node.ask(1, kind=lasting) == 1
    clock.move(timedelta(seconds=359))
    assert await node.ask(broken, kind=lasting) == 1
    assert node.cache.counts["tests.other"].rescued == 1
    clock.move(timedelta(seconds=2))
    with pytest.raises(Broken):
        await node.ask(broken, kind=lasting)


async def test_none_is_kept_for_as_long_as_it_may(bench: Bench, clock: ManualClock) -> None:
    node = bench.node
    absent = Kind("tests.absent", NUMBER_OR_NONE, Sharing.ORGANIZATION, ttl=60, absent=5, early=0)
    assert [await node.ask(None, kind=absent), await node.ask(1, kind=absent)] == [None, None]
    clock.move(timedelta(seconds=5))
    assert [await node.ask(2, kind=absent), await node.ask(3, kind=absent)] == [2, 2]


async def test_nothing_is_kept_for_no_time(bench: Bench) -> None:
    node = bench.node
    assert [await node.ask(n, ttl=0) for n in (1, 2)] == [1, 2]


async def test_a_value_is_computed_early_the_likelier_the_nearer_its_end(
    bench: Bench, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, eager = bench.node, kind(early=1.0)
    entry = None
    assert await node.ask(1, kind=eager) == 1
    entry = await node.cache.store.get(eager.key(node.reader).text)
    assert entry is not None
    # As if computing it had taken ten seconds.
    await node.cache.store.put(eager.key(node.reader).text, structs.replace(entry, took=10.0), 60)
    monkeypatch.setattr("backstay.systems.cache.service.cache._chance.random", lambda: 0.5)
    clock.move(timedelta(seconds=53))  # 10 s * ln 2 = 6.93 s before the end
    assert await node.ask(2, kind=eager) == 1
    await settled(node)
    assert node.filled == 1
    clock.move(timedelta(seconds=0.1))
    assert await node.ask(3, kind=eager) == 1
    await settled(node)
    assert await node.ask(4, kind=eager) == 3
    assert node.cache.counts["tests.other"].early == 1


async def test_what_an_older_program_kept_is_a_miss(bench: Bench) -> None:
    node = bench.node
    words = Kind("tests.number", str, Sharing.ORGANIZATION, ttl=60)

    async def fill() -> str:
        return "one"

    assert await node.cache.get_or_fill(words.key(node.reader), fill) == "one"
    assert await node.ask(1) == 1
