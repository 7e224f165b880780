"""Time as a dependency: the system's clock, and clocks that tests and the lab move by hand."""

from __future__ import annotations

import os
import struct
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

CLOCK_FILE_VARIABLE: Final = "BACKSTAY_LAB_CLOCK"
_OFFSET: Final = struct.Struct("<q")


class Clock(Protocol):
    """Where a unit of work reads the time; nothing else in backstay may call `datetime.now`."""

    def now(self) -> datetime:
        """The present moment in UTC, microsecond resolution."""
        ...

    @property
    def governs(self) -> bool:
        """Whether it stands for the database's clock, too: one that is moved by hand does."""
        ...


class SystemClock:
    """The machine's wall clock."""

    governs = False

    def now(self) -> datetime:
        """The machine's time in UTC."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until it is moved; for tests."""

    governs = True

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        """The moment the clock was last moved to."""
        return self._now

    def move(self, by: timedelta) -> None:
        """Move the clock, forwards or back."""
        self._now += by


class LabClock:
    """The system's clock plus an offset that another process writes into a file.

    The lab moves the time of a running server by rewriting eight bytes (signed
    nanoseconds, little endian); the server sees it at its next `now()`.
    """

    governs = True

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY)

    def now(self) -> datetime:
        """System time moved by the offset that the file holds at this moment."""
        (offset,) = _OFFSET.unpack(os.pread(self._descriptor, _OFFSET.size, 0))
        return datetime.fromtimestamp((time.time_ns() + offset) / 1e9, UTC)

    @staticmethod
    def write(path: Path, offset: timedelta) -> None:
        """Set the offset that every `LabClock` on this file adds."""
        # Not write_bytes, which empties the file first: a server would read nothing at that moment.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.pwrite(descriptor, _OFFSET.pack(offset // timedelta(microseconds=1) * 1000), 0)
        finally:
            os.close(descriptor)


def clock_from_environment() -> Clock:
    """The clock of this process: the lab's when the lab started it, else the system's."""
    path = os.environ.get(CLOCK_FILE_VARIABLE)
    return LabClock(Path(path)) if path else SystemClock()
