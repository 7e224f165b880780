"""What a cursor holds, and how it goes to a client and comes back unchanged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final

import msgspec
from msgspec import Struct

from backstay.kernel.database.errors import BadCursor
from backstay.kernel.signing import Signer


class Position(Struct, frozen=True, array_like=True):
    """Where a page begins."""

    shape: bytes
    """Which list it is of, with which sort and filters."""
    backward: bool
    values: list[Any]
    """What the row before it has for each key."""

    def typed(self, kinds: Sequence[Any]) -> list[Any]:
        """The values, of these types."""
        return [
            value if value is None or value.__class__ is kind else msgspec.convert(value, kind, strict=False)
            for value, kind in zip(self.values, kinds, strict=True)
        ]


class Marks:
    """What the cursors of a list carry of it, so that each is of use for that list alone."""

    def __init__(self, name: str, keys: Sequence[Any]) -> None:
        """`keys`: what the list is sorted by."""
        self._name = name
        self._keys = keys
        self._known: dict[tuple[Any, ...], bytes] = {}

    def of(self, filters: Mapping[str, Any], parameters: Mapping[str, Any]) -> bytes:
        """Eight bytes for these filters and parameters; remembered for filters, whose values are few."""
        if parameters:
            return self._made(filters, parameters)
        values = tuple(filters.values())
        try:
            mark = self._known.get(values)
        except TypeError:  # a value that cannot be looked up by, such as a list
            return self._made(filters, parameters)
        if mark is None:
            mark = self._made(filters, parameters)
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[values] = mark
        return mark

    def _made(self, filters: Mapping[str, Any], parameters: Mapping[str, Any]) -> bytes:
        whole = _sorted([self._name, self._keys, filters, parameters])
        return blake2b(whole, digest_size=8).digest()


_MOST_KNOWN: Final = 64
_sorted: Final = msgspec.json.Encoder(order="sorted").encode
_packed: Final = msgspec.msgpack.Encoder().encode
_unpacked: Final = msgspec.msgpack.Decoder(Position).decode


def sealed(position: Position, cursors: Signer) -> str:
    """The cursor of a position."""
    return cursors.sign(_packed(position))


def opened(cursor: str | None, shape: bytes, length: int, cursors: Signer) -> Position | None:
    """The position that a cursor holds; None without one.

    Raises:
        BadCursor: it is none of ours, or of a list of another shape.
    """
    if cursor is None:
        return None
    payload = cursors.open(cursor)
    if payload is None:
        raise BadCursor
    try:
        position = _unpacked(payload)
    except msgspec.DecodeError as failure:
        raise BadCursor from failure
    if position.shape != shape or len(position.values) != length:
        raise BadCursor(
            "the sort or the filters changed since this cursor was made; start from the first page"
        )
    return position
