"""Invariants over histories: each returns the breach that the fewest operations show, or None.

They never report what the history leaves open: an indeterminate write may be there or not,
and only an acknowledged one must be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from backstay.kernel.guarantees.history import Ended, Operation
from backstay.kernel.guarantees.verdict import Finding

_T = TypeVar("_T")


def nothing_lost(writes: Iterable[Operation], present: Collection[Hashable]) -> Finding | None:
    """Every acknowledged write (by its `about`) is among what is present."""
    there = set(present)
    lost = [op for op in writes if op.ended is Ended.OK and op.about not in there]
    if not lost:
        return None
    more = f", and {len(lost) - 1} more like it" if len(lost) > 1 else ""
    first = lost[0]
    return Finding(
        f"{first.name} of {first.about!r} was acknowledged with {first.status} and is not there{more}",
        (first.id,),
    )


def nothing_invented(writes: Iterable[Operation], present: Iterable[Hashable]) -> Finding | None:
    """Nothing is present twice, or that only refused writes (or none at all) can have written."""
    counted = Counter(present)
    possible: dict[Hashable, int] = Counter()
    refused: dict[Hashable, Operation] = {}
    first: dict[Hashable, Operation] = {}
    for op in writes:
        first.setdefault(op.about, op)
        if op.ended is Ended.FAIL:
            refused[op.about] = op
        else:
            possible[op.about] += 1
    for about, times in counted.items():
        if times <= possible.get(about, 0):
            continue
        if possible.get(about, 0) == 0:
            if about in refused:
                op = refused[about]
                how = f"answered with {op.status}" if op.status else "never sent"
                return Finding(f"{op.name} of {about!r} was {how} and yet it is there", (op.id,))
            return Finding(f"{about!r} is there and nobody wrote it")
        op = first[about]
        return Finding(
            f"{about!r} is there {times} times; it was written {possible[about]} time(s)", (op.id,)
        )
    return None


def whole_or_absent(
    writes: Iterable[Operation],
    parts: Mapping[Hashable, Collection[Hashable]],
    whole: Callable[[Operation], Collection[Hashable]],
) -> Finding | None:
    """What a write stores in several rows is there wholly or not at all.

    `parts` maps what a write is about to the parts found of it (no entry: nothing of it is
    there); `whole` says what parts that write should have.
    """
    for op in writes:
        found = parts.get(op.about)
        if found is None:
            continue
        missing = set(whole(op)) - set(found)
        extra = set(found) - set(whole(op))
        if missing or extra:
            wrong = (
                f"without {sorted(map(str, missing))}"
                if missing
                else f"with {sorted(map(str, extra))} too many"
            )
            return Finding(f"{op.about!r} is there {wrong}: half of a write ({op.ended.value})", (op.id,))
    return None


def sum_is_possible(
    final: int, adds: Iterable[Operation], amount: Callable[[Operation], int] = lambda _: 1
) -> Finding | None:
    """A sum lies between what was acknowledged and that plus what is indeterminate (amounts >= 0)."""
    counted = list(adds)
    certain = sum(amount(op) for op in counted if op.ended is Ended.OK)
    possible = certain + sum(amount(op) for op in counted if op.indeterminate)
    if certain <= final <= possible:
        return None
    expected = str(certain) if certain == possible else f"between {certain} and {possible}"
    return Finding(
        f"the sum is {final}; what was acknowledged makes it {expected}", tuple(op.id for op in counted)
    )


def results_are_exact(adds: Iterable[Operation], value: Callable[[Operation], int]) -> Finding | None:
    """No two acknowledged increments saw the same result, and later ones saw greater results.

    For increments by positive amounts. "Later" is real time: invoked after the other had
    ended. Either breach is shown by two operations.
    """
    done = [(value(op), op) for op in adds if op.ended is Ended.OK]
    seen: dict[int, Operation] = {}
    for result, op in done:
        other = seen.setdefault(result, op)
        if other is not op:
            return Finding(
                f"two increments were both told {result}: one of them overwrote the other", (other.id, op.id)
            )
    highest: Operation | None = None
    highest_value = 0
    ends = sorted(done, key=lambda pair: pair[1].ended_ns or 0)
    position = 0
    for result, op in sorted(done, key=lambda pair: pair[1].invoked_ns):
        while position < len(ends) and (ends[position][1].ended_ns or 0) < op.invoked_ns:
            if highest is None or ends[position][0] > highest_value:
                highest_value, highest = ends[position]
            position += 1
        if highest is not None and result <= highest_value:
            return Finding(
                f"an increment was told {result} after another had already been told {highest_value}",
                (highest.id, op.id),
            )
    return None


def seen_exactly_once(
    walk: Sequence[Hashable], lasting: Iterable[Hashable], reads: Iterable[Operation] = ()
) -> Finding | None:
    """A walk over a list met every lasting item exactly once, and no item twice.

    Lasting items were there before the walk began and until after it ended. Items that came
    or went meanwhile may be met or not, but never twice. `reads` are the walk's pages in
    order, whose answers tell which of them show the breach.
    """
    counted = Counter(walk)
    pages = list(reads)
    for item, times in counted.items():
        if times > 1:
            showing = tuple(op.id for op in pages if repr(item) in repr(op.answer)) or tuple(
                op.id for op in pages
            )
            return Finding(f"the walk met {item!r} {times} times", showing)
    missed = [item for item in lasting if item not in counted]
    if missed:
        more = f", nor {len(missed) - 1} more" if len(missed) > 1 else ""
        return Finding(
            f"{missed[0]!r} was there all the time and the walk never met it{more}",
            tuple(op.id for op in pages),
        )
    return None


def shortest(operations: Sequence[_T], offends: Callable[[Sequence[_T]], bool]) -> list[_T]:
    """The operations left after dropping all that `offends` can do without (delta debugging).

    `offends` must be true of the whole, and must judge only what the given operations say by
    themselves, since what was dropped is no evidence of anything (Zeller and Hildebrandt, 2002).

    Raises:
        ValueError: the whole does not offend.
    """
    kept = list(operations)
    if not offends(kept):
        raise ValueError("the whole history does not offend: there is nothing to shorten")
    pieces = 2
    while len(kept) >= 2:
        size = max(1, len(kept) // pieces)
        for start in range(0, len(kept), size):
            without = kept[:start] + kept[start + size :]
            if without and offends(without):
                kept = without
                pieces = max(pieces - 1, 2)
                break
        else:
            if size == 1:
                break
            pieces = min(len(kept), pieces * 2)
    return kept
