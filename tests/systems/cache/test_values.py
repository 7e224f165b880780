"""What every engine of the value cache does alike."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from msgspec import structs

from backstay.kernel.actor import ANONYMOUS
from backstay.kernel.clock import ManualClock
from backstay.systems.cache import Kind, Sharing
from tests.conftest import make_actor
from tests.systems.cache.benches import NUMBER, Bench, Broken, Gate, settled


async def test_a_value_is_computed_once_until_its_time_is_over(bench: Bench, clock: ManualClock) -> None:
    node = bench.node
    assert [await node.ask(n) for n in (1, 2, 3)] == [1, 1, 1]
    clock.move(timedelta(seconds=59.9))
    assert await node.ask(4) == 1
    clock.move(timedelta(seconds=0.1))
    assert [await node.ask(5), await node.ask(6)] == [5, 5]
    assert node.filled == 2
    counts = node.cache.counts["tests.number"]
    assert (counts.hits, counts.misses, counts.fills, counts.failed) == (4, 2, 2, 0)


async def test_another_node_is_given_what_the_first_computed(bench: Bench) -> None:
    one, other = bench.nodes
    assert [await one.ask(1), await other.ask(2), await other.ask(3)] == [1, 1, 1]
    assert (one.filled, other.filled) == (1, 0)


async def test_parts_tell_values_apart(bench: Bench) -> None:
    node = bench.node
    long = "x" * 500
    parts = [(), ("a",), ("b",), ("a", "b"), ("ab",), (1,), ("1",), (long,), (long + "y",), ("a|b",)]
    for n, some in enumerate(parts):
        assert await node.ask(n, *some) == n
    for n, some in enumerate(parts):
        assert await node.ask(-1, *some) == n


class TestWhose:
    async def ask(self, bench: Bench, who: Any, sharing: Sharing, value: int) -> int:
        whose = Kind(f"tests.{sharing}", int, sharing, ttl=60)
        key = whose.key(bench.node.database.reader(who))

        async def fill() -> int:
            return value

        return await bench.node.cache.get_or_fill(key, fill)

    async def test_a_value_goes_as_far_as_it_is_shared(self, bench: Bench) -> None:
        ada = make_actor("ada", permissions=("a", "b"))
        same = make_actor("bob", organization=ada.organization_id, permissions=("b", "a"))
        less = make_actor("eve", organization=ada.organization_id, permissions=("a",))
        surer = structs.replace(same, assurance=2)
        stand_in = structs.replace(ada, impersonator_id=uuid4())
        fewer = structs.replace(ada, permissions=frozenset({"a"}))
        stranger = structs.replace(ada, organization_id=uuid4())
        others = [same, less, surer, stand_in, fewer, stranger, ANONYMOUS]
        expected = {
            Sharing.EVERYONE: [0, 0, 0, 0, 0, 0, 0],
            Sharing.ORGANIZATION: [0, 0, 0, 0, 0, 6, 7],
            # `fewer` has what `less` has, so the two share with each other.
            Sharing.RIGHTS: [0, 2, 3, 0, 2, 6, 7],
            Sharing.PERSON: [1, 2, 3, 4, 5, 6, 7],
        }
        for sharing, given in expected.items():
            assert await self.ask(bench, ada, sharing, 0) == 0
            assert [await self.ask(bench, who, sharing, n) for n, who in enumerate(others, 1)] == given
            assert await self.ask(bench, ada, sharing, 9) == 0


class TestOnce:
    async def test_many_misses_make_one_computation(self, bench: Bench) -> None:
        gate = Gate(1)
        asking = [asyncio.create_task(node.ask(gate)) for node in bench.nodes * 50]
        await gate.reached.wait()
        gate.open.set()
        assert await asyncio.gather(*asking) == [1] * 100
        assert sum(node.filled for node in bench.nodes) == 1
        counts = [node.cache.counts["tests.number"] for node in bench.nodes]
        assert sum(one.fills + one.shared + one.joined + one.hits for one in counts) == 100

    async def test_who_waits_goes_on_when_who_computes_has_died(
        self, bench: Bench, clock: ManualClock
    ) -> None:
        one, other = bench.nodes
        leases = one.cache._flights._leases
        key = NUMBER.key(one.reader).text
        # As a process that took the lease, and was killed.
        assert await leases.take(key, "dead", 0.5)
        asking = asyncio.create_task(other.ask(2))
        assert not await leases.take(key, "me", 0.5)
        assert other.filled == 0
        clock.move(timedelta(seconds=1))  # for the lease in the database; Redis has a clock of its own
        async with asyncio.timeout(5):
            assert await asking == 2

    async def test_an_error_goes_to_all_who_wait_and_is_not_kept(self, bench: Bench) -> None:
        node = bench.node
        gate = asyncio.Event()

        async def breaking() -> int:
            await gate.wait()
            raise Broken

        asking = [asyncio.create_task(node.ask(breaking)) for _ in range(10)]
        async with asyncio.timeout(10):
            while node.cache.counts_of(NUMBER).joined < 9:  # noqa: ASYNC110 - nobody tells of it
                await asyncio.sleep(0)
        gate.set()
        ended = await asyncio.gather(*asking, return_exceptions=True)
        assert {type(one) for one in ended} == {Broken}
        assert (node.filled, node.cache.counts["tests.number"].failed) == (1, 1)
        assert await node.ask(1) == 1

    async def test_a_computation_goes_on_when_who_asked_has_gone(self, bench: Bench) -> None:
        node, gate = bench.node, Gate(1)
        asking = asyncio.create_task(node.ask(gate))
        await gate.reached.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        gate.open.set()
        await settled(node)
        assert await node.ask(2) == 1
