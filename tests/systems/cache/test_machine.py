"""The cache against a model of it: two nodes, commits, rollbacks, time, and whatever order Hypothesis finds."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from backstay.kernel.clock import ManualClock
from backstay.systems.cache import Kind, Sharing, invalidate
from tests.systems.cache.benches import Bench, Broken, Node, open_bench

TTL, STALE, ON_ERROR = 60, 20, 100
NUMBERS = Kind("tests.machine", int, Sharing.ORGANIZATION, ttl=TTL, stale=STALE, on_error=ON_ERROR, early=0)
NODES, KEYS, TAGS = st.integers(0, 1), st.sampled_from("ab"), st.sampled_from(["red", "blue"])
TAGS_OF = {"a": ["red"], "b": ["red", "blue"]}


class Machine(RuleBasedStateMachine):
    """What a value may be: as old as its time allows, and never from before an invalidation that is known."""

    engine: str

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.stack = AsyncExitStack()
        self.clock = ManualClock()
        folder = self.stack.enter_context(tempfile.TemporaryDirectory(dir="/dev/shm"))
        url = f"sqlite:///{Path(folder) / 'machine.db'}"
        self.bench: Bench = self.run(self.stack.enter_async_context(open_bench(self.engine, url, self.clock)))
        self.now = 0
        self.serial = 0
        self.made: dict[int, tuple[str, int]] = {}
        """For each number: whose it is, and when it was computed."""
        self.ended: list[dict[str, int]] = [{}, {}]
        """For each node and tag: the last number from before an invalidation that the node must know."""
        self.everywhere: dict[str, int] = {}

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def node(self, number: int) -> Node:
        return self.bench.nodes[number]

    async def get(self, number: int, key: str, *, fails: bool) -> int:
        node = self.node(number)

        async def compute() -> int:
            if fails:
                raise Broken
            self.serial += 1
            self.made[self.serial] = (key, self.now)
            return self.serial

        # So that the test's own pace decides what a node knows, not the machine's.
        node.tail._looked = asyncio.get_running_loop().time() + 1e6
        if not node.tail.known:
            await node.catch_up()
        value = await node.cache.get_or_fill(NUMBERS.key(node.reader, key), compute, tags=TAGS_OF[key])
        if tasks := list(node.cache._flights._tasks):
            await asyncio.wait(tasks)
        return int(value)

    @rule(number=NODES, key=KEYS, fails=st.booleans())
    def ask(self, number: int, key: str, fails: bool) -> None:
        try:
            value = self.run(self.get(number, key, fails=fails))
        except Broken:
            assert fails
            return
        whose, at = self.made[value]
        assert whose == key
        assert self.now - at < TTL + (ON_ERROR if fails else STALE)
        for tag in TAGS_OF[key]:
            assert value > self.ended[number].get(tag, 0), "an invalidated value was given out"

    @rule(number=NODES, tag=TAGS, commits=st.booleans())
    def change(self, number: int, tag: str, commits: bool) -> None:
        node = self.node(number)

        async def write() -> None:
            async with node.database.transaction(node.actor) as uow:
                invalidate(uow, tag)
                if not commits:
                    raise Broken

        try:
            self.run(write())
        except Broken:
            return
        self.everywhere[tag] = self.serial
        self.ended[number][tag] = self.serial

    @rule(number=NODES)
    def look(self, number: int) -> None:
        self.run(self.node(number).catch_up())
        self.ended[number] = dict(self.everywhere)

    @rule(seconds=st.sampled_from([1, 15, 59, 60, 79, 81, 200]))
    def wait(self, seconds: int) -> None:
        self.now += seconds
        self.clock.move(timedelta(seconds=seconds))

    @rule(number=NODES, key=KEYS)
    def change_while_computing(self, number: int, key: str) -> None:
        """What is computed across an invalidation that the node has heard of is given to nobody later."""
        node, other = self.node(number), self.node(1 - number)

        async def race() -> int:
            begun = asyncio.Event()
            done = asyncio.Event()

            async def compute() -> int:
                self.serial += 1
                self.made[self.serial] = (key, self.now)
                mine = self.serial
                begun.set()
                await done.wait()
                return mine

            if not node.tail.known:
                await node.catch_up()
            node.tail._looked = asyncio.get_running_loop().time() + 1e6
            asking = asyncio.ensure_future(
                node.cache.get_or_fill(NUMBERS.key(node.reader, key), compute, tags=TAGS_OF[key])
            )
            first, _ = await asyncio.wait(
                [asking, asyncio.ensure_future(begun.wait())], return_when=asyncio.FIRST_COMPLETED
            )
            del first
            await other.invalidate(*TAGS_OF[key])
            # What begins after this, in the background, has begun after the invalidation.
            ended = self.serial
            await node.catch_up()
            done.set()
            await asking
            if tasks := list(node.cache._flights._tasks):
                await asyncio.wait(tasks)
            begun.set()  # for who waits for it, when there was nothing to compute
            return ended

        ended = self.run(race())
        for tag in TAGS_OF[key]:
            self.everywhere[tag] = ended
            self.ended[1 - number][tag] = ended
        self.ended[number] = dict(self.everywhere)

    @invariant()
    def nothing_is_under_way(self) -> None:
        assert not any(node.cache._flights._under_way for node in self.bench.nodes)

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.loop.close()


@pytest.mark.parametrize("engine", ["memory", pytest.param("redis", marks=pytest.mark.needs("redis"))])
def test_no_order_of_events_gives_out_what_is_old(engine: str) -> None:
    kept_in = type(f"Machine_{engine}", (Machine,), {"engine": engine})
    run_state_machine_as_test(
        kept_in,
        settings=settings(
            max_examples=40,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
