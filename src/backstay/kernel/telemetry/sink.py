"""Where log lines go: a stream, or a file that many processes write and rotate together."""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import threading
import time
import weakref
from pathlib import Path
from typing import Final, Protocol

_ROTATIONS: Final = struct.Struct("<Q")
_LOOK_SECONDS: Final = 1.0
_TRIES: Final = 40
_PAUSE_SECONDS: Final = 0.0005


class Sink(Protocol):
    """Takes whole lines."""

    lost: int
    """Lines that could not be written: the disk was full, the reader of the pipe went away."""

    def write(self, line: bytes) -> None:
        """Write one line, newline included. Never raises: a log that fails must not fail a request."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class StreamSink:
    """Writes to a descriptor that somebody else owns: standard error."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.lost = 0

    def write(self, line: bytes) -> None:
        """Write the line in one call, so that lines of several processes do not mix."""
        try:
            _write_whole(self.descriptor, line)
        except OSError:
            self.lost += 1

    def close(self) -> None:
        """Nothing to let go of."""


class RotatingFile:
    """A file that many processes append to, rotated at a size: `app.log`, then `app.log.1` and so on.

    A line is one `write` with O_APPEND, so it is never torn. A writer holds a shared lock
    while it makes sure that its descriptor is still the present file and writes; who rotates
    holds the lock alone, so nobody writes into a file that is being removed. The lock's file
    counts rotations; it is mapped into memory, so that looking at it costs no system call.
    What logrotate does is noticed within a second.

    Nobody waits for long: 20 ms once a file for a moment in which nobody writes. If there is none, for
    another process was stopped in the middle of a line, the file grows past its size and a later writer
    rotates it; if one was stopped in the middle of a rotation, the others write without the lock.
    """

    def __init__(self, path: Path, *, max_bytes: int, backups: int) -> None:
        """Open the file, making its folder if need be.

        Args:
            path: the present file; `<path>.lock` beside it is the lock.
            max_bytes: the size at which it is rotated.
            backups: how many rotated files to keep; with 0 the file starts anew.

        Raises:
            OSError: it cannot be opened.
        """
        self.path = path
        self.lost = 0
        self._max_bytes = max_bytes
        self._backups = backups
        self._thread_lock = threading.Lock()
        self._torn = False
        self._stuck = False
        self._patient_from = 0
        """The size from which rotating waits for a moment without writers."""
        self.closed = False
        path.parent.mkdir(parents=True, exist_ok=True)
        self.open_lock()
        # A lock belongs to an open file: a forked child that kept ours would unlock for its parent.
        own = weakref.ref(self)
        os.register_at_fork(after_in_child=lambda: _after_fork(own()))

    def open_lock(self) -> None:
        """Open the lock anew and the file with it."""
        self._lock = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        if os.fstat(self._lock).st_size < _ROTATIONS.size:
            os.ftruncate(self._lock, _ROTATIONS.size)
        self._rotations = mmap.mmap(self._lock, _ROTATIONS.size)
        self._open_file()

    def _open_file(self) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._descriptor = os.open(self.path, flags, 0o640)
        self._inode = os.fstat(self._descriptor).st_ino
        self._seen = self._rotations[:]
        self._looked = time.monotonic()

    def write(self, line: bytes) -> None:
        """Append the line and rotate the file if it has reached its size."""
        with self._thread_lock:
            try:
                size = self._append(line)
                if size >= self._max_bytes:
                    self._rotate(size)
            except OSError:
                self.lost += 1

    def _append(self, line: bytes) -> int:
        """Write under the shared lock; the size of the file afterwards."""
        locked = self._share()
        try:
            stale = self._rotations[:] != self._seen or time.monotonic() - self._looked > _LOOK_SECONDS
            if stale or not locked:
                self._follow()
            if self._torn:
                line = b"\n" + line
            # Until the write has come through, this file may end in half a line.
            self._torn = True
            _write_whole(self._descriptor, line)
            self._torn = False
            return os.lseek(self._descriptor, 0, os.SEEK_CUR)
        finally:
            if locked:
                fcntl.flock(self._lock, fcntl.LOCK_UN)

    def _share(self) -> bool:
        """Take the shared lock, unless whoever rotates holds it for longer than a rotation takes.

        That process was stopped in the middle of it. Without the lock, a line written to the
        file that is at the path at this moment is lost only if `backups` rotations follow
        before the write: better than to stop with it.
        """
        taken = self._take(fcntl.LOCK_SH, patient=not self._stuck)
        self._stuck = not taken
        return taken

    def _take(self, kind: int, *, patient: bool) -> bool:
        for tried in range(_TRIES if patient else 1):
            if tried:
                time.sleep(_PAUSE_SECONDS)
            try:
                fcntl.flock(self._lock, kind | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            return True
        return False

    def _follow(self) -> None:
        """Open the present file if ours was rotated away, by another process or by logrotate."""
        self._looked = time.monotonic()
        try:
            if self.path.stat().st_ino == self._inode:
                self._seen = self._rotations[:]
                return
        except FileNotFoundError:
            pass
        os.close(self._descriptor)
        self._open_file()
        self._torn = False

    def _rotate(self, size: int) -> None:
        if not self._take(fcntl.LOCK_EX, patient=size >= self._patient_from):
            # Somebody is in a line for long, or stopped there. Wait for it again when as much has come again.
            self._patient_from = max(self._patient_from, size + self._max_bytes)
            return
        self._patient_from = 0
        try:
            self._follow()
            if os.fstat(self._descriptor).st_size < self._max_bytes:
                return  # another process was faster
            (rotations,) = _ROTATIONS.unpack(self._rotations)
            self._rotations[:] = _ROTATIONS.pack(rotations + 1)
            self._shift()
            self._follow()
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    def _shift(self) -> None:
        """Move each file one number on, up to the first number that is free; the last one goes."""
        if self._backups == 0:
            self.path.unlink()
            return
        last = 1
        while last < self._backups and self._backup(last).exists():
            last += 1
        for number in range(last, 1, -1):
            self._backup(number - 1).replace(self._backup(number))
        self.path.replace(self._backup(1))

    def _backup(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")

    def close(self) -> None:
        """Close the file and the lock."""
        with self._thread_lock:
            self.closed = True
            os.close(self._descriptor)
            self._rotations.close()
            os.close(self._lock)


def _after_fork(file: RotatingFile | None) -> None:
    if file is not None and not file.closed:
        file.open_lock()


def _write_whole(descriptor: int, line: bytes) -> None:
    """Write all of it; a pipe or a full disk may take only a part at a time."""
    written = os.write(descriptor, line)
    while written < len(line):
        line = line[written:]
        written = os.write(descriptor, line)
