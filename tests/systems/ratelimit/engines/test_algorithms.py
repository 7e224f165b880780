"""The algorithms against what they are for, and GCRA against somebody else's."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from throttled import RateLimiterType, Throttled, per_min
from throttled import store as throttled_stores
from throttled import utils as throttled_utils

from backstay.systems.ratelimit.contracts import MICRO, Algorithm, Policy, key_of
from backstay.systems.ratelimit.engines.algorithms import State, ends_at, step

gaps = st.lists(
    st.tuples(st.integers(0, 3 * MICRO) | st.sampled_from([0, 1, 999, 1000, 7 * MICRO]), st.integers(1, 4)),
    max_size=80,
)


def admitted_by(policy: Policy, wanted: list[tuple[int, int]], start: int) -> list[tuple[int, int]]:
    """The moments and costs that a policy admits of those wanted: each a gap and a cost."""
    state: State = ()
    now, admitted = start, []
    for gap, cost in wanted:
        now += gap
        told = step(policy, state, now, cost)
        if told.admitted:
            state = told.taken
            admitted.append((now, cost))
    return admitted


def most_in_a_window(admitted: list[tuple[int, int]], span: int) -> int:
    """The most that any window of this length saw: one that begins with a request sees the most."""
    return max(
        (sum(cost for at, cost in admitted if begin <= at < begin + span) for begin, _ in admitted), default=0
    )


@given(wanted=gaps, quota=st.integers(1, 9), window=st.sampled_from([1, 3, 7]), start=st.integers(0, 10**15))
def test_a_log_admits_no_more_than_the_quota_in_any_window(
    wanted: list[tuple[int, int]], quota: int, window: int, start: int
) -> None:
    policy = Policy(name="log", quota=quota, window=window, algorithm=Algorithm.LOG)
    assert most_in_a_window(admitted_by(policy, wanted, start), policy.span) <= quota


@given(wanted=gaps, quota=st.integers(1, 9), burst=st.integers(1, 9), start=st.integers(0, 10**15))
def test_gcra_admits_the_burst_and_what_flows_back_in_any_time(
    wanted: list[tuple[int, int]], quota: int, burst: int, start: int
) -> None:
    policy = Policy(name="gcra", quota=quota, window=7, burst=burst)
    admitted = admitted_by(policy, wanted, start)
    for place, (begin, _) in enumerate(admitted):
        used = 0
        for at, cost in admitted[place:]:
            used += cost
            assert used <= burst + Fraction((at - begin) * quota, policy.span)


@given(wanted=gaps, quota=st.integers(1, 9), start=st.integers(0, 10**15))
def test_a_counter_admits_no_more_than_the_quota_in_any_window_of_the_clock(
    wanted: list[tuple[int, int]], quota: int, start: int
) -> None:
    policy = Policy(name="counter", quota=quota, window=7, algorithm=Algorithm.COUNTER)
    admitted = admitted_by(policy, wanted, start)
    # In a window that lies across two of the clock's, an estimate; never the double of a fixed window.
    for number in {at // policy.span for at, _ in admitted}:
        assert sum(cost for at, cost in admitted if at // policy.span == number) <= quota
    assert most_in_a_window(admitted, policy.span) < 2 * quota or quota == 1


@given(
    wanted=gaps,
    algorithm=st.sampled_from(Algorithm),
    quota=st.integers(1, 9),
    cost=st.integers(1, 9),
    start=st.integers(0, 10**15),
)
def test_what_is_told_comes_true(
    wanted: list[tuple[int, int]], algorithm: Algorithm, quota: int, cost: int, start: int
) -> None:
    policy = Policy(name="p", quota=quota, window=7, algorithm=algorithm)
    state: State = ()
    now = start
    for gap, one in wanted:
        now += gap
        told = step(policy, state, now, one)
        state = told.taken if told.admitted else state
    told = step(policy, state, now, cost)
    if told.retry is not None:
        assert not step(policy, state, now + told.retry - 1, cost).admitted
        assert step(policy, state, now + told.retry, cost).admitted
    left = step(policy, state, now, 0)
    if left.remaining:
        assert step(policy, state, now, left.remaining).admitted
    assert not step(policy, state, now, left.remaining + 1).admitted
    whole = step(policy, state, now + left.reset, 0)
    assert (whole.remaining, whole.reset) == (policy.capacity, 0)
    if state:
        # Once it has ended it says no more than an empty one; what would be kept of nothing may differ.
        ended = max(now, ends_at(policy, state))
        kept, none = step(policy, state, ended, 0), step(policy, (), ended, 0)
        assert kept._replace(taken=()) == none._replace(taken=())


@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_clock_that_goes_back_blocks_for_no_longer_than_the_policy(algorithm: Algorithm) -> None:
    policy = Policy(name="p", quota=5, window=10, algorithm=algorithm)
    start = 1_790_000_000 * MICRO
    state = step(policy, (), start, 5).taken
    back = start - 3600 * MICRO
    told = step(policy, state, back, 1)
    assert not told.admitted
    assert told.retry is not None
    assert told.retry <= 20 * MICRO
    assert told.mended is not None
    assert step(policy, told.mended, back + told.retry, 1).admitted


def test_gcra_decides_as_throttled_py_does(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_790_000_000.0
    # Both its limiter and its store ask there; floats of seconds, so the moments are those it can say exactly.
    monkeypatch.setattr(throttled_utils, "now_mono_f", lambda: now)
    peer = Throttled(
        key="ada",
        using=RateLimiterType.GCRA.value,
        quota=per_min(60, burst=10),
        store=throttled_stores.MemoryStore(),
    )
    policy = Policy(name="p", quota=60, window=60, burst=10)
    state: State = ()
    decided = []
    for number in range(400):
        now += (0.0, 0.25, 0.5, 0.0, 1.0, 4.0)[number * 7 % 6 if number % 50 else 5]
        cost = (1, 1, 2, 5)[number % 4]
        told = step(policy, state, round(now * MICRO), cost)
        state = told.taken if told.admitted else state
        theirs = peer.limit(cost=cost)
        assert (number, told.admitted) == (number, not theirs.limited)
        decided.append(told.admitted)
    assert 50 < sum(decided) < 350


def test_keys_are_unambiguous_and_short() -> None:
    policy = Policy(name="p", quota=5, window=10)
    keys = {
        key_of(policy, *parts)
        for parts in (
            ("ab", "c"),
            ("a", "bc"),
            ("abc",),
            ("abc", ""),
            (),
            ("",),
            ("a", "b", "c"),
            (b"\0abc",),
        )
    }
    assert len(keys) == 8
    assert {len(key) for key in keys} == {16}
    assert key_of(policy, "a") != key_of(Policy(name="p", quota=5, window=10, algorithm=Algorithm.LOG), "a")
    assert key_of(policy, "a") == key_of(Policy(name="p", quota=9, window=10, burst=2), "a")


@pytest.mark.parametrize(
    ("words", "given"),
    [
        ("burst: the algorithm log", {"quota": 5, "window": 1, "burst": 2, "algorithm": Algorithm.LOG}),
        ("quota: a log keeps", {"quota": 1001, "window": 60, "algorithm": Algorithm.LOG}),
        ("quota: at most 10000 a second", {"quota": 10_001, "window": 1}),
        ("burst: it would take more than 31 days", {"quota": 1, "window": 86_400, "burst": 100}),
    ],
)
def test_a_policy_that_no_store_counts_exactly_is_refused(words: str, given: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=words):
        Policy(name="p", **given)  # type: ignore[arg-type]  # as a test's parameters are
