"""An order of products that is kept sorted while they come, change and go."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from typing import Final

Key = tuple[int, int, int]
"""A value, the product's id as a number, and its place in the index."""
_NARROW: Final = 8


def places(bits: int) -> Iterator[int]:
    """The places of the bits that are set."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


class Order:
    """Products by a value, and by id where it is equal."""

    def __init__(self) -> None:
        self._sorted: list[Key] = []
        self._keys: dict[int, Key] = {}
        self._loading = True
        self.bits = 0
        """Of the products that are in it."""

    def put(self, place: int, value: int, id_: int) -> None:
        """Add the product at a place, which is not in it."""
        key = (value, id_, place)
        self._keys[place] = key
        self.bits |= 1 << place
        if self._loading:
            self._sorted.append(key)
        else:
            insort(self._sorted, key)

    def take(self, place: int) -> None:
        """Remove the product at a place, if it is in it."""
        key = self._keys.pop(place, None)
        if key is not None:
            self.ready()
            self.bits ^= 1 << place
            del self._sorted[bisect_left(self._sorted, key)]

    def ready(self) -> None:
        """Everything that was to be loaded is there."""
        if self._loading:
            self._sorted.sort()
            self._loading = False

    def between(self, first: int, last: int) -> int:
        """The bits of the products with a value from `first` to `last`."""
        start = bisect_left(self._sorted, (first, -1, -1))
        end = bisect_left(self._sorted, (last + 1, -1, -1))
        if start >= end:
            return 0
        found = bytearray((self.bits.bit_length() >> 3) + 1)
        for _, _, place in self._sorted[start:end]:
            found[place >> 3] |= 1 << (place & 7)
        return int.from_bytes(found, "little")

    def walk(self, bits: int, *, down: bool, after: tuple[int, int] | None) -> Iterator[Key]:
        """The keys of chosen products in order, after a value and id."""
        if bits.bit_count() * _NARROW < len(self._sorted):
            yield from self._few(bits, down=down, after=after)
            return
        chosen = bits.to_bytes((bits.bit_length() + 7) // 8, "little")
        size = len(chosen)
        if after is None:
            at = len(self._sorted) - 1 if down else 0
        elif down:
            at = bisect_left(self._sorted, (*after, -1)) - 1
        else:
            at = bisect_right(self._sorted, (after[0], after[1] + 1, -1))
        step = -1 if down else 1
        while 0 <= at < len(self._sorted):
            place = self._sorted[at][2]
            if place >> 3 < size and chosen[place >> 3] >> (place & 7) & 1:
                yield self._sorted[at]
            at += step

    def _few(self, bits: int, *, down: bool, after: tuple[int, int] | None) -> Iterator[Key]:
        keys = sorted((self._keys[place] for place in places(bits) if place in self._keys), reverse=down)
        for key in keys:
            if after is None or ((key[:2] < after) if down else (key[:2] > after)):
                yield key
