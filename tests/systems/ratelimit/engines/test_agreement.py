"""Every engine gives the model's answer, decision by decision, whatever is asked and whenever."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from backstay.systems.ratelimit.contracts import MICRO, Algorithm, Policy, Take, Verdict, key_of
from backstay.systems.ratelimit.engines.algorithms import State, ends_at, step
from backstay.systems.ratelimit.engines.asking import weigh
from tests.systems.ratelimit.engines.stores import START, Bench, open_bench

pytestmark = [pytest.mark.needs("postgres"), pytest.mark.needs("redis")]

T = TypeVar("T")
_WINDOWS = (1, 7, 60)


_WALKED = [
    Policy(name=f"{algorithm}-{quota}", quota=quota, window=window, algorithm=algorithm, shadow=quota == 9)
    for algorithm in Algorithm
    for quota, window in ((5, 7), (9, 60), (11, 31))
] + [Policy(name="burst", quota=10, window=7, burst=6)]


class Model:
    """The algorithms over a dictionary."""

    def __init__(self) -> None:
        self.states: dict[bytes, tuple[Policy, State]] = {}
        self.now = START

    def ask(self, takes: list[Take], *, keep: bool) -> Verdict:
        """What a store must say."""
        weighed = weigh(
            takes,
            lambda take, cost: step(take.policy, self.states.get(take.key, (None, ()))[1], self.now, cost),
        )
        if keep:
            for take, state in weighed.keep:
                self.states[take.key] = (take.policy, state)
        return weighed.verdict

    def ended(self) -> list[bytes]:
        """The keys whose states say nothing any more."""
        return [key for key, (policy, state) in self.states.items() if ends_at(policy, state) <= self.now]


def policies(algorithm: Algorithm) -> st.SearchStrategy[Policy]:
    """Small policies, so that quotas are used up and windows end within an example."""
    return st.builds(
        Policy,
        name=st.just(algorithm.value),
        quota=st.integers(1, 12),
        window=st.sampled_from(_WINDOWS),
        algorithm=st.just(algorithm),
        burst=st.none() | st.integers(1, 15) if algorithm is Algorithm.GCRA else st.none(),
        shadow=st.sampled_from((False, False, False, True)),
    )


steps_of_time = st.one_of(
    st.integers(0, 3),
    st.integers(0, 2 * MICRO),
    st.sampled_from([window * MICRO for window in _WINDOWS]),
    st.sampled_from([MICRO // 12, MICRO // 7, 7 * MICRO // 12, 5 * MICRO, 1000, 999]),
    st.integers(0, 100 * MICRO),
    st.integers(-100 * MICRO, 0),
)
asked = st.lists(
    st.tuples(
        st.sampled_from(list(Algorithm)),
        st.sampled_from("aab"),
        st.integers(1, 3) | st.integers(0, 16),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda one: (one[0], one[1]),
)
rounds = st.lists(
    st.tuples(st.just(0) | steps_of_time, asked, st.sampled_from((True, True, True, False))),
    min_size=5,
    max_size=25,
)
"""Times that pass, what is asked then, and whether it is taken or only looked at."""


class Agreement(RuleBasedStateMachine):
    """All stores and the model, side by side."""

    benches: list[Bench]
    loop: asyncio.AbstractEventLoop
    runs = 0

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.policies: dict[Algorithm, Policy] = {}
        Agreement.runs += 1

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    @initialize(one=st.tuples(*(policies(algorithm) for algorithm in Algorithm)))
    def begin(self, one: tuple[Policy, ...]) -> None:
        self.policies = {policy.algorithm: policy for policy in one}
        for bench in self.benches:
            self.run(bench.set(START))

    def takes(self, wanted: list[tuple[Algorithm, str, int]]) -> list[Take]:
        return [
            Take(self.policies[algorithm], key_of(self.policies[algorithm], str(self.runs), who), cost)
            for algorithm, who, cost in wanted
        ]

    @rule(rounds=rounds)
    def ask(self, rounds: list[tuple[int, list[tuple[Algorithm, str, int]], bool]]) -> None:
        self.run(self.ask_all(rounds))

    async def ask_all(self, rounds: list[tuple[int, list[tuple[Algorithm, str, int]], bool]]) -> None:
        for passed, wanted, taking in rounds:
            self.model.now += passed
            takes = self.takes(wanted)
            expected = self.model.ask(takes, keep=taking)
            for bench in self.benches:
                if passed:
                    await bench.set(self.model.now)
                answer = await (bench.store.take if taking else bench.store.peek)(takes)
                assert (bench.name, answer) == (bench.name, expected)

    @rule(wanted=asked)
    def forget(self, wanted: list[tuple[Algorithm, str, int]]) -> None:
        keys = [take.key for take in self.takes(wanted)]
        for key in keys:
            self.model.states.pop(key, None)
        for bench in self.benches:
            self.run(bench.store.forget(keys))

    @rule()
    def prune(self) -> None:
        ended = self.model.ended()
        for key in ended:
            del self.model.states[key]
        for bench in self.benches:
            if bench.name == "redis":
                # There it is the server that removes them, by its own clock.
                if ended:
                    self.run(bench.store.forget(ended))
            else:
                self.run(bench.store.prune(1000))

    @rule(algorithm=st.sampled_from(list(Algorithm)), data=st.data())
    def change(self, algorithm: Algorithm, data: st.DataObject) -> None:
        changed = data.draw(policies(algorithm))
        # Another window is another key; the same one goes on with what was counted.
        self.policies[algorithm] = changed


@pytest.fixture
def benches(tmp_path: Path) -> Iterator[tuple[asyncio.AbstractEventLoop, list[Bench]]]:
    loop = asyncio.new_event_loop()
    stack = AsyncExitStack()

    async def opened() -> list[Bench]:
        return [
            await stack.enter_async_context(open_bench(name, tmp_path))
            for name in ("memory", "sqlite", "postgresql", "redis")
        ]

    try:
        yield loop, loop.run_until_complete(opened())
    finally:
        loop.run_until_complete(stack.aclose())
        loop.close()


def test_every_engine_gives_the_models_answer(
    benches: tuple[asyncio.AbstractEventLoop, list[Bench]],
) -> None:
    class Machine(Agreement):
        pass

    Machine.loop, Machine.benches = benches
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=100, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


async def test_a_long_walk_ends_alike_everywhere(tmp_path: Path) -> None:
    """Longer than Hypothesis goes, with less variety: quotas that stay used up, windows one after another."""
    chance = Random(5)
    async with AsyncExitStack() as stack:
        benches = [
            await stack.enter_async_context(open_bench(name, tmp_path))
            for name in ("memory", "sqlite", "postgresql", "redis")
        ]
        model = Model()
        seen: Counter[tuple[Algorithm, bool, bool, bool]] = Counter()
        for _ in range(1500):
            passed = chance.choice(
                (0, 0, 1, 999, 100_000, MICRO, 3 * MICRO, 7 * MICRO, 31 * MICRO, -2 * MICRO)
            )
            model.now += passed if chance.random() < 0.9 else -40 * MICRO
            takes = [
                Take(policy, key_of(policy, chance.choice("aaab")), chance.choice((0, 1, 1, 1, 2, 3, 7, 12)))
                for policy in chance.sample(_WALKED, chance.choice((1, 1, 2, 3)))
            ]
            taking = chance.random() < 0.8
            expected = model.ask(takes, keep=taking)
            for take, one in zip(takes, expected.decisions, strict=True):
                seen[take.policy.algorithm, one.admitted, one.remaining > 0, one.retry_after is None] += 1
            for bench in benches:
                await bench.set(model.now)
                answer = await (bench.store.take if taking else bench.store.peek)(takes)
                assert (bench.name, answer) == (bench.name, expected)
    # Admitted with and without a rest, refused for now with and without one, refused for ever.
    for algorithm in Algorithm:
        for kind in ((True, True, True), (True, False, True), (False, True, False), (False, False, False)):
            assert seen[algorithm, *kind] > 10
        assert seen[algorithm, False, False, True] > 10
