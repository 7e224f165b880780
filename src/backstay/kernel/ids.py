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
_FIRST: Final = 0x7FF
"""What a millisecond's counter begins below, so that it has room."""
_AT_ONCE: Final = 64
"""Ids for whose random bits the system is asked at once."""
_lock = threading.Lock()
_last_millisecond = 0
_head = ""
"""The millisecond as an id begins, with the version behind it."""
_counter = 0
_random: Final[list[tuple[int, str, str]]] = []
"""For each of the next ids a first value of the counter, and its last two groups."""
_FREE: Final = int("3fff" * _AT_ONCE, 16)
_VARIANT: Final = int("8000" * _AT_ONCE, 16)
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
        first, fourth, fifth = _random.pop()
        if millisecond > _last_millisecond:
            _begin(millisecond)
            _counter = first & _FIRST
        else:
            _counter += 1
            if _counter > _MAX_COUNTER:
                _begin(_last_millisecond + 1)
                _counter = first & _FIRST
        # With a digit in front, that is cut off: a format with a width takes four times as long.
        return f"{_head}{hex(_counter | 0x1000)[3:]}-{fourth}-{fifth}"


def _begin(millisecond: int) -> None:
    global _last_millisecond, _head  # noqa: PLW0603 - as above
    _last_millisecond = millisecond
    text = hex(millisecond | 1 << 48)[3:]
    _head = f"{text[:8]}-{text[8:]}-7"


def _draw() -> None:
    """Ask the system for random bits: once for many ids, because each question costs as much as an id."""
    bits = os.urandom(10 * _AT_ONCE)
    firsts = memoryview(bits[: 2 * _AT_ONCE]).cast("H")
    # Two bits of the fourth group are the variant (RFC 9562, 4.1).
    fourth = int.from_bytes(bits[2 * _AT_ONCE : 4 * _AT_ONCE]) & _FREE | _VARIANT
    fourths = fourth.to_bytes(2 * _AT_ONCE).hex(" ", 2).split()
    _random.extend(zip(firsts, fourths, bits[4 * _AT_ONCE :].hex(" ", 6).split(), strict=True))


def _forget() -> None:
    """Begin anew in a forked child, which would give out its parent's random bits again."""
    global _lock  # noqa: PLW0603 - as above
    _lock = threading.Lock()
    _random.clear()


os.register_at_fork(after_in_child=_forget)
