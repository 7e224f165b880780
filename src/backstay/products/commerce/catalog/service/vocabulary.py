"""The words of a shop: whole, by their beginnings, and by one slip of the finger."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator
from typing import Final

_PREFIXED: Final = 200
"""Words that a beginning is taken for, at most."""
_SHORTEST: Final = 4
"""Letters of a word that may be a slip of another; shorter ones are too many things."""


class Vocabulary:
    """Words that occur, and where they do, as the bits of products."""

    def __init__(self) -> None:
        self._where: dict[str, int] = {}
        self._sorted: list[str] = []
        self._shortened: dict[str, set[str]] = {}
        self._loading = True

    def put(self, word: str, bit: int) -> None:
        """The word occurs there."""
        found = self._where.get(word)
        self._where[word] = bit if found is None else found | bit
        if found is None and not self._loading:
            self._learn(word)

    def take(self, word: str, bit: int) -> None:
        """It does so no more."""
        self.ready()
        left = self._where[word] & ~bit
        if left:
            self._where[word] = left
            return
        del self._where[word]
        del self._sorted[bisect_left(self._sorted, word)]
        for short in _shortened(word):
            self._shortened[short].discard(word)

    def ready(self) -> None:
        """Everything that was to be loaded is there."""
        if self._loading:
            self._loading = False
            self._sorted = sorted(self._where)
            for word in self._sorted:
                for short in _shortened(word):
                    self._shortened.setdefault(short, set()).add(word)

    def _learn(self, word: str) -> None:
        insort(self._sorted, word)
        for short in _shortened(word):
            self._shortened.setdefault(short, set()).add(word)

    def where(self, word: str, *, begins: bool) -> int:
        """Where a word occurs, or any that begins like it."""
        found = self._where.get(word, 0)
        if begins:
            at = bisect_left(self._sorted, word)
            for one in self._sorted[at : at + _PREFIXED]:
                if not one.startswith(word):
                    break
                found |= self._where[one]
        return found

    def near(self, word: str) -> dict[str, int]:
        """The words that are one slip away, and in how many products they are.

        A slip is a letter too many, one missing, one for another, or two in the wrong order
        (Damerau, 1964). Words that lose a letter to become the same are found by that, as in SymSpell.
        """
        if len(word) < _SHORTEST:
            return {}
        candidates = {one for short in (word, *_shortened(word)) for one in self._shortened.get(short, ())}
        candidates |= {short for short in _without_one(word) if short in self._where}
        return {one: self._where[one].bit_count() for one in candidates if _one_slip(word, one)}


def _shortened(word: str) -> Iterator[str]:
    return _without_one(word) if len(word) >= _SHORTEST else iter(())


def _without_one(word: str) -> Iterator[str]:
    return (word[:at] + word[at + 1 :] for at in range(len(word)))


def _one_slip(word: str, other: str) -> bool:
    if len(word) > len(other):
        word, other = other, word
    start = next(
        (at for at, (one, two) in enumerate(zip(word, other, strict=False)) if one != two), len(word)
    )
    if len(word) < len(other):
        return len(other) - len(word) == 1 and word[start:] == other[start + 1 :]
    rest, of_other = word[start:], other[start:]
    return rest[1:] == of_other[1:] or (
        rest[:2] == of_other[1::-1][:2] and len(rest) > 1 and rest[2:] == of_other[2:]
    )


Score = dict[int, int]
"""Bits of products by how well they match."""


def scored(words: list[Callable[[], tuple[int, int, int]]], among: int) -> Score:
    """The products that have every word, by the sum of what each counts where it stands.

    Each word tells where it stands in titles (4), in names of brands and categories (2), in texts (1).
    """
    scores: Score = {0: among}
    for where in words:
        title, names, texts = where()
        kinds = ((4, title), (2, names & ~title), (1, texts & ~names & ~title))
        better: Score = {}
        for score, bits in scores.items():
            for weight, having in kinds:
                if both := bits & having:
                    better[score + weight] = better.get(score + weight, 0) | both
        scores = better
    return scores
