"""Identifiers: UUID version 7, so that ids sort by birth and index pages fill in order (RFC 9562, 5.7)."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final
from uuid import UUID

from msgspec import convert

_MAX_COUNTER = 0xFFF
_AT_ONCE: Final = 64
"""Ids for whose random bits the system is asked at once."""
_lock = threading.Lock()
_last_millisecond = 0
_head = ""
"""The millisecond as an id begins, with the version behind it."""
_counter = 0
_random: Final[list[tuple[int, str]]] = []
"""For each of the next ids a first value of the counter and its last two groups."""
_source: Final[ContextVar[Callable[[], UUID] | None]] = ContextVar("backstay_ids", default=None)


@contextmanager
def ids_from(source: Callable[[], UUID]) -> Iterator[None]:
    """Inside the block, in this context, `uuid7` returns what `source` does: for repeatable sample data."""
    token = _source.set(source)
    try:
        yield
    finally:
        _source.reset(token)


def uuid7() -> UUID:
    """Return a fresh UUIDv7, greater than every one this process made before.

    48 bits of Unix milliseconds, a 12-bit counter seeded at random each millisecond
    (RFC 9562, 6.2 method 1), and 62 random bits. When the counter runs out, or the wall
    clock steps back, the timestamp runs ahead by a millisecond rather than repeat.
    """
    source = _source.get()
    return convert(_fresh(), UUID) if source is None else source()


def uuid7_text() -> str:
    """As `uuid7`, written out; for ids that nobody needs as an object, in half the time."""
    source = _source.get()
    return _fresh() if source is None else str(source())


def _fresh() -> str:
    global _counter  # noqa: PLW0603 - one generator a process is the point
    millisecond = time.time_ns() // 1_000_000
    with _lock:
        if not _random:
            _draw()
        first, tail = _random.pop()
        if millisecond > _last_millisecond:
            _begin(millisecond)
            _counter = first
        else:
            _counter += 1
            if _counter > _MAX_COUNTER:
                _begin(_last_millisecond + 1)
                _counter = first
        # With a digit in front, that is cut off: a format with a width takes four times as long.
        return f"{_head}{hex(_counter | 0x1000)[3:]}-{tail}"


def _begin(millisecond: int) -> None:
    global _last_millisecond, _head  # noqa: PLW0603 - as above
    _last_millisecond = millisecond
    text = hex(millisecond | 1 << 48)[3:]
    _head = f"{text[:8]}-{text[8:]}-7"


def _draw() -> None:
    """Ask the system for random bits: once for many ids, because each question costs as much as an id."""
    firsts = memoryview(os.urandom(2 * _AT_ONCE)).cast("H")
    digits = os.urandom(8 * _AT_ONCE).hex()
    for first, at in zip(firsts, range(0, 16 * _AT_ONCE, 16), strict=True):
        # Two bits of the fourth group are the variant (RFC 9562, 4.1), and the first value has bits to spare.
        variant = "89ab"[first >> 14]
        _random.append((first & 0x7FF, f"{variant}{digits[at : at + 3]}-{digits[at + 4 : at + 16]}"))


def _forget() -> None:
    """Begin anew in a forked child, which would give out its parent's random bits again."""
    global _lock  # noqa: PLW0603 - as above
    _lock = threading.Lock()
    _random.clear()


os.register_at_fork(after_in_child=_forget)
