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

_MAX_COUNTER = 0xFFF
_lock = threading.Lock()
_last_millisecond = 0
_counter = 0
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
    return UUID(int=_fresh()) if source is None else source()


def uuid7_text() -> str:
    """As `uuid7`, written out; for ids that nobody needs as an object, in half the time."""
    source = _source.get()
    if source is not None:
        return str(source())
    text = f"{_fresh():032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _fresh() -> int:
    global _last_millisecond, _counter  # noqa: PLW0603 - one generator a process is the point
    random = int.from_bytes(os.urandom(9), "big")
    millisecond = time.time_ns() // 1_000_000
    with _lock:
        if millisecond > _last_millisecond:
            _last_millisecond = millisecond
            _counter = (random >> 62) & 0x7FF
        else:
            _counter += 1
            if _counter > _MAX_COUNTER:
                _last_millisecond += 1
                _counter = (random >> 62) & 0x7FF
        value = (_last_millisecond << 80) | (0x7 << 76) | (_counter << 64)
    return value | (0b10 << 62) | (random & 0x3FFF_FFFF_FFFF_FFFF)
