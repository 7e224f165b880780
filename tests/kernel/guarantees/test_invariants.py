"""Invariants find exactly what a history shows, with the fewest operations, and nothing it leaves open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstay.kernel.guarantees import (
    Ended,
    Finding,
    Operation,
    nothing_invented,
    nothing_lost,
    results_are_exact,
    seen_exactly_once,
    shortest,
    sum_is_possible,
    whole_or_absent,
)


def op(number: int, ended: Ended = Ended.OK, about: object = None, **rest: object) -> Operation:
    status = {Ended.OK: 201, Ended.FAIL: 409}.get(ended)
    values = {
        "lane": "client 1",
        "server": "server 1",
        "name": "POST /x",
        "trial": 1,
        "invoked_ns": number * 10,
        "ended_ns": number * 10 + 5,
        "status": status,
        **rest,
    }
    return Operation(id=number, ended=ended, about=about, **values)  # type: ignore[arg-type]  # each value is of its field's type


def test_an_acknowledged_write_must_be_there_and_an_unknown_one_need_not() -> None:
    writes = [op(1, about="a"), op(2, Ended.INFO, "b"), op(3, Ended.FAIL, "c"), op(4, Ended.PENDING, "d")]
    assert nothing_lost(writes, ["a"]) is None
    assert nothing_lost(writes, ["b"]) == Finding(
        "POST /x of 'a' was acknowledged with 201 and is not there", (1,)
    )


def test_several_lost_writes_are_shown_by_one_and_counted() -> None:
    finding = nothing_lost([op(1, about="a"), op(2, about="b"), op(3, about="c")], ["b"])
    assert finding == Finding(
        "POST /x of 'a' was acknowledged with 201 and is not there, and 1 more like it", (1,)
    )


def test_only_what_was_possible_may_be_there() -> None:
    writes = [op(1, about="a"), op(2, Ended.INFO, "b"), op(3, Ended.FAIL, "c")]
    assert nothing_invented(writes, ["a", "b"]) is None
    assert nothing_invented(writes, ["a", "c"]) == Finding(
        "POST /x of 'c' was answered with 409 and yet it is there", (3,)
    )
    assert nothing_invented([op(3, Ended.FAIL, "c", status=None)], ["c"]) == Finding(
        "POST /x of 'c' was never sent and yet it is there", (3,)
    )
    assert nothing_invented(writes, ["x"]) == Finding("'x' is there and nobody wrote it")
    assert nothing_invented(writes, ["a", "a"]) == Finding(
        "'a' is there 2 times; it was written 1 time(s)", (1,)
    )


def test_what_is_stored_in_several_rows_is_whole_or_absent() -> None:
    writes = [op(1, about="a"), op(2, Ended.INFO, "b")]

    def whole(_: Operation) -> set[str]:
        return {"x", "y"}

    assert whole_or_absent(writes, {"a": ["x", "y"]}, whole) is None
    assert whole_or_absent(writes, {"a": ["x", "y"], "b": ["x"]}, whole) == Finding(
        "'b' is there without ['y']: half of a write (info)", (2,)
    )
    assert whole_or_absent(writes, {"a": ["x", "y", "z"]}, whole) == Finding(
        "'a' is there with ['z'] too many: half of a write (ok)", (1,)
    )


@pytest.mark.parametrize(("final", "fine"), [(1, False), (2, True), (4, True), (5, False)])
def test_a_sum_lies_between_the_certain_and_the_possible(final: int, fine: bool) -> None:
    adds = [op(1), op(2), op(3, Ended.INFO), op(4, Ended.PENDING), op(5, Ended.FAIL)]
    finding = sum_is_possible(final, adds)
    if fine:
        assert finding is None
    else:
        assert finding == Finding(
            f"the sum is {final}; what was acknowledged makes it between 2 and 4", (1, 2, 3, 4, 5)
        )


def test_a_sum_by_amounts() -> None:
    adds = [op(1, about=3), op(2, about=4)]
    assert sum_is_possible(7, adds, lambda each: each.about) is None
    finding = sum_is_possible(6, adds, lambda each: each.about)
    assert finding is not None
    assert finding.sentence == "the sum is 6; what was acknowledged makes it 7"


def value(each: Operation) -> int:
    return int(each.answer)


def test_two_increments_told_the_same_are_the_breach() -> None:
    adds = [op(1, answer=1), op(2, answer=2), op(3, answer=2), op(4, Ended.INFO)]
    assert results_are_exact(adds, value) == Finding(
        "two increments were both told 2: one of them overwrote the other", (2, 3)
    )
    assert results_are_exact(adds[:2], value) is None


def test_a_later_increment_is_told_more_and_a_concurrent_one_need_not() -> None:
    first = op(1, answer=5, invoked_ns=0, ended_ns=10)
    later = op(2, answer=4, invoked_ns=20, ended_ns=30)
    beside = op(3, answer=4, invoked_ns=5, ended_ns=30)
    assert results_are_exact([first, beside], value) is None
    assert results_are_exact([first, later], value) == Finding(
        "an increment was told 4 after another had already been told 5", (1, 2)
    )


@given(st.integers(1, 30), st.randoms())
def test_a_counter_that_serialises_is_never_found_wrong(count: int, random: Any) -> None:
    """Operations overlap at will; each takes effect at one moment within its time."""
    moments = sorted((random.uniform(0, 100), number) for number in range(count))
    adds = [
        op(
            number + 1,
            answer=place + 1,
            invoked_ns=int((moment - random.uniform(0, 20)) * 1e6),
            ended_ns=int((moment + random.uniform(0, 20)) * 1e6) + 1,
        )
        for place, (moment, number) in enumerate(moments)
    ]
    assert results_are_exact(adds, value) is None


def test_a_walk_meets_what_lasts_once_and_what_moves_at_most_once() -> None:
    pages = [op(1, answer=["a", "b"]), op(2, answer=["b", "c"])]
    assert seen_exactly_once(["a", "b", "c"], ["a", "c"]) is None
    assert seen_exactly_once(["a", "c"], ["a", "c"]) is None
    assert seen_exactly_once(["a", "b", "b", "c"], ["a"], pages) == Finding(
        "the walk met 'b' 2 times", (1, 2)
    )
    assert seen_exactly_once(["a"], ["a", "b", "c"], pages) == Finding(
        "'b' was there all the time and the walk never met it, nor 1 more", (1, 2)
    )


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60), st.data())
def test_shortening_keeps_an_offence_and_drops_all_it_can(items: Any, data: Any) -> None:
    culprits = set(data.draw(st.lists(st.sampled_from(items), min_size=1, max_size=3)))

    def offends(kept: Sequence[int]) -> bool:
        return culprits <= set(kept)

    kept = shortest(items, offends)
    assert offends(kept)
    assert sorted(set(kept)) == sorted(culprits)
    assert len(kept) == len(culprits)
    assert not any(offends(kept[:place] + kept[place + 1 :]) for place in range(len(kept)))


def test_what_does_not_offend_cannot_be_shortened() -> None:
    with pytest.raises(ValueError, match="does not offend"):
        shortest([1, 2], lambda kept: False)
