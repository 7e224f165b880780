"""Invalidations: with the commit or not at all, everywhere, and before what began earlier."""

from __future__ import annotations

import asyncio

import pytest

from backstay.systems.cache import Kind, Once, Sharing, invalidate, invalidate_everything
from tests.conftest import make_actor
from tests.systems.cache.benches import (
    NUMBER,
    Bench,
    Broken,
    Gate,
    Node,
    kind,
)


async def test_it_takes_effect_with_the_commit(bench: Bench) -> None:
    one, other = bench.nodes
    assert [await one.ask(1), await other.ask(2)] == [1, 1]
    async with one.database.transaction(one.actor) as uow:
        invalidate(uow, "numbers")
        assert await other.ask(3) == 1
    # The node that committed knows at once, the other when it has looked.
    assert await one.ask(4) == 4
    await other.catch_up()
    assert [await other.ask(5), await one.ask(6)] == [4, 4]


async def test_it_never_happens_on_a_rollback(bench: Bench) -> None:
    one, other = bench.nodes
    assert await one.ask(1) == 1

    async def fail() -> None:
        async with one.database.transaction(one.actor) as uow:
            invalidate(uow, "numbers")
            raise Broken

    with pytest.raises(Broken):
        await fail()
    await one.catch_up()
    await other.catch_up()
    assert [await one.ask(2), await other.ask(3)] == [1, 1]


async def test_only_what_carries_the_tag_is_forgotten(bench: Bench) -> None:
    node = bench.node
    stranger = Node(node.database, node.cache, make_actor("mallory"))
    assert await node.ask(1, "a", tags=["red"]) == 1
    assert await node.ask(2, "b", tags=["blue", "red"]) == 2
    assert await node.ask(3, "c", tags=["blue"]) == 3
    assert await stranger.ask(4, "a", tags=["red"]) == 4
    await node.invalidate("red")
    asked = [await node.ask(9, part, tags=["red", "blue"]) for part in "abc"]
    assert asked == [9, 9, 3]
    assert await stranger.ask(9, "a", tags=["red"]) == 4


async def test_everything_of_an_organization_goes_at_once(bench: Bench) -> None:
    node = bench.node
    stranger = Node(node.database, node.cache, make_actor("mallory"))
    await node.ask(1, "a", tags=[])
    await stranger.ask(2, "a", tags=[])
    async with node.database.transaction(node.actor) as uow:
        invalidate_everything(uow)
    assert [await node.ask(3, "a", tags=[]), await stranger.ask(4, "a", tags=[])] == [3, 2]


async def test_what_everyone_shares_has_tags_of_its_own(bench: Bench) -> None:
    node, shared = bench.node, Kind("tests.shared", int, Sharing.EVERYONE, ttl=60)
    assert await node.ask(1, kind=shared) == 1
    await node.invalidate("numbers")
    assert await node.ask(2, kind=shared) == 1
    async with node.database.transaction(node.actor) as uow:
        invalidate(uow, "numbers", everyone=True)
    assert await node.ask(3, kind=shared) == 3


async def test_a_computation_that_began_before_is_not_kept(bench: Bench) -> None:
    one, other = bench.nodes
    late = Gate(1)
    asking = asyncio.create_task(one.ask(late))
    await late.reached.wait()
    await other.invalidate()
    await one.catch_up()
    # Whoever comes after the invalidation is not answered by what began before it.
    newer = Gate(2)
    new = asyncio.create_task(one.ask(newer))
    late.open.set()
    assert await asking == 1
    await newer.reached.wait()
    newer.open.set()
    assert await new == 2
    assert [await one.ask(3), await other.ask(4)] == [2, 2]
    assert one.cache.counts["tests.number"].discarded == 1


async def test_a_late_computation_does_not_replace_a_newer_value(bench: Bench) -> None:
    one, other = bench.nodes
    each = kind(once=Once.PROCESS)
    late = Gate(1)
    asking = asyncio.create_task(one.ask(late, kind=each))
    await late.reached.wait()
    await other.invalidate()
    assert await other.ask(2, kind=each) == 2
    late.open.set()
    # The first node has not heard of it yet, and keeps what it has found.
    assert await asking == 1
    assert await other.ask(3, kind=each) == 2
    await one.catch_up()
    assert await one.ask(4, kind=each) == (2 if bench.engine == "redis" else 4)


async def test_a_new_node_knows_what_was_invalidated_before_it_came(bench: Bench) -> None:
    one = bench.node
    assert await one.ask(1, "a", tags=["red"]) == 1
    assert await one.ask(2, "b", tags=["blue"]) == 2
    await one.invalidate("red")
    third = await bench.open_node()
    assert [await third.ask(3, "a", tags=["red"]), await third.ask(4, "b", tags=["blue"])] == [3, 2]


async def test_a_unit_of_work_neither_asks_nor_fills(bench: Bench) -> None:
    node = bench.node
    assert await node.ask(1) == 1

    async def seven() -> int:
        return 7

    async with node.database.transaction(node.actor) as uow:
        assert await node.cache.get_or_fill(NUMBER.key(uow), seven, tags=["numbers"]) == 7
        assert await node.cache.get_or_fill(NUMBER.key(uow, "new"), seven) == 7
    assert [await node.ask(2), await node.ask(3, "new")] == [1, 3]
    assert node.cache.counts["tests.number"].bypassed == 2


@pytest.mark.parametrize("tag", ["", "*", "*a", "a" * 201, "a\n", "\x00", "a\x7f"])
async def test_what_is_no_tag_is_refused(bench: Bench, tag: str) -> None:
    node = bench.node
    with pytest.raises(ValueError, match="is no tag"):
        await node.ask(1, tags=[tag])
    async with node.database.transaction(node.actor) as uow:
        with pytest.raises(ValueError, match="is no tag"):
            invalidate(uow, "fine", tag)
    assert node.filled == 0
