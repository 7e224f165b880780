"""The memory engine keeps within its bytes, and keeps what is asked for again."""

from __future__ import annotations

import gc
import random
import tracemalloc
from collections import OrderedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstay.systems.cache.engines.memory import MemoryStore, size_of
from backstay.systems.cache.engines.store import Entry

LIMIT = 1_000_000


def entry(size: int = 10, *, base: int = 0, tags: int = 1) -> Entry:
    stamps = tuple((f"{'0' * 32}:tag-{n}", base) for n in range(tags))
    return Entry(random.randbytes(size), 1.5, 2.5, 3.5, 0.5, base, stamps)


async def test_it_counts_what_it_keeps() -> None:
    store = MemoryStore(LIMIT)
    one, other = entry(100), entry(200)
    assert await store.put("a", one, 1)
    assert await store.put("b", other, 1)
    assert store.bytes == size_of("a", one) + size_of("b", other)
    assert await store.put("a", other, 1)
    assert store.bytes == 2 * size_of("a", other)
    assert (await store.get("a"), await store.get("c")) == (other, None)
    await store.drop("a")
    await store.drop("a")
    assert await store.get("a") is None
    assert (store.bytes, store.evictions) == (size_of("b", other), 0)


async def test_an_entry_that_knew_less_does_not_replace_one_that_knew_more() -> None:
    store = MemoryStore(LIMIT)
    newer, older = entry(base=2), entry(base=1)
    assert await store.put("a", newer, 1)
    assert not await store.put("a", older, 1)
    assert await store.get("a") is newer


async def test_what_is_too_large_is_not_kept_and_leaves_nothing_old() -> None:
    store = MemoryStore(LIMIT)
    assert await store.put("a", entry(), 1)
    assert not await store.put("a", entry(LIMIT // 8, base=1), 1)
    assert (await store.get("a"), store.bytes) == (None, 0)


@given(st.lists(st.tuples(st.integers(0, 60), st.sampled_from(["put", "get", "drop"]), st.integers(0, 3000))))
async def test_its_books_are_right_whatever_happens(steps: list[tuple[int, str, int]]) -> None:
    store = MemoryStore(40_000)
    for number, verb, size in steps:
        key = f"key-{number}"
        if verb == "put":
            await store.put(key, entry(size), 1)
        elif verb == "get":
            await store.get(key)
        else:
            await store.drop(key)
        kept = {**store._small, **store._main}
        assert len(kept) == len(store._small) + len(store._main)
        assert store.bytes == sum(one.size for one in kept.values()) <= store.limit
        assert store._small_bytes == sum(one.size for one in store._small.values())
        assert not kept.keys() & store._ghosts.keys()
        assert len(store._ghosts) <= len(kept) + 1


@pytest.mark.parametrize(("size", "tags"), [(0, 0), (10, 1), (100, 3), (4000, 2)])
async def test_it_takes_no_more_memory_than_it_says(size: int, tags: int) -> None:
    store = MemoryStore(4_000_000)
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(12_000):
            await store.put(f"tests.number|{'0' * 32}|organization|[{number}]", entry(size, tags=tags), 1)
        gc.collect()
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert store.evictions > 0
    assert taken <= store.limit


async def test_a_walk_over_everything_does_not_push_out_what_is_wanted_always() -> None:
    """Against LRU on the same requests: Zipf's law, with a crawler who asks for each page once."""
    chance = random.Random(7)
    popular = chance.choices(range(2000), weights=[1 / (n + 1) for n in range(2000)], k=60_000)
    requests = [
        *(number for number in popular[:30_000]),
        *(one for n, number in enumerate(popular[30_000:]) for one in (number, 10_000 + n)),
    ]
    room, small = 200, entry(10)
    store = MemoryStore(room * size_of("00000", small))
    lru: OrderedDict[int, None] = OrderedDict()
    hits, lru_hits = 0, 0
    for number in requests:
        if await store.get(f"{number:05d}") is not None:
            hits += 1
        else:
            await store.put(f"{number:05d}", small, 1)
        if number in lru:
            lru_hits += 1
            lru.move_to_end(number)
        else:
            lru[number] = None
            if len(lru) > room:
                lru.popitem(last=False)
    # Seen: 0.46 of the requests against 0.36.
    assert hits / len(requests) > lru_hits / len(requests) + 0.05
