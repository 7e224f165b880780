"""Numbers that several worker processes share without a lock on the hot path and without ever piling up.

Each process of a deployment takes the lowest free slot of a folder by locking its file; the
kernel lets go of the lock when the process ends, however it ends. A slot's file is mapped
into memory, so that what was counted outlives a SIGKILL, and the next process in the slot
counts on from there. So there are never more files than there were processes at once, and
whether a slot is alive is a question to the kernel rather than to a list somebody keeps.

A file is a header of 8 bytes (how much of it is used) and entries: the length of the key and
the number of values (two 32-bit integers), the key padded to 8 bytes, the values (doubles). So every
value lies at a multiple of 8 bytes, and the numbers are written as the machine has them, which they
never leave.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from msgspec import Struct

_HEADER: Final = struct.Struct("=Q")
_ENTRY: Final = struct.Struct("=II")
_DOUBLE: Final = struct.Struct("=d")
_FIRST_SIZE: Final = 1 << 16
_SUFFIX: Final = ".metrics"
_pack: Final = _DOUBLE.pack


class Entry(Struct, frozen=True):
    """What one slot holds under one key."""

    key: str
    values: tuple[float, ...]
    live: bool
    """Whether the process that wrote it still runs."""
    slot: int


class Store(Protocol):
    """Where the numbers of this process are kept."""

    slot: int

    def cell(self, key: str, size: int) -> Cell:
        """The numbers under the key: those of an earlier process in the slot, or zeros."""
        ...

    def entries(self) -> Iterator[Entry]:
        """Everything, of all processes that share the store."""
        ...

    def close(self) -> None:
        """Give the slot back."""
        ...


class Cell:
    """A few numbers under one key, kept in this process and written through to where others read them."""

    __slots__ = ("_place", "_store", "values")

    def __init__(self, values: list[float], store: SlotStore | None, place: int) -> None:
        """`place`: where the first of them stands in the store, in doubles."""
        self.values = values
        self._store = store
        self._place = place

    def add(self, index: int, amount: float) -> None:
        """Add to one of the numbers."""
        value = self.values[index] = self.values[index] + amount
        store = self._store
        if store is not None:
            store.doubles[self._place + index] = value

    def observe(self, bucket: int, amount: float) -> None:
        """Add an amount to the first number and 1 to that of a bucket."""
        values = self.values
        total = values[0] = values[0] + amount
        count = values[bucket] = values[bucket] + 1.0
        store = self._store
        if store is not None:
            doubles, place = store.doubles, self._place
            doubles[place] = total
            doubles[place + bucket] = count

    def set(self, index: int, value: float) -> None:
        """Replace one of the numbers."""
        self.values[index] = value
        store = self._store
        if store is not None:
            # One aligned store of 8 bytes: a reader sees the old number or the new one.
            store.doubles[self._place + index] = value


class MemoryStore:
    """Numbers of a process that shares them with nobody; an implementation of `Store`."""

    slot = 0

    def __init__(self) -> None:
        self._cells: dict[str, Cell] = {}

    def cell(self, key: str, size: int) -> Cell:
        """The numbers under the key, zeros at first."""
        return self._cells.setdefault(key, Cell([0.0] * size, None, 0))

    def entries(self) -> Iterator[Entry]:
        """Everything that this process counted."""
        for key, cell in list(self._cells.items()):
            yield Entry(key, tuple(cell.values), live=True, slot=0)

    def close(self) -> None:
        """Nothing to give back."""


class SlotStore:
    """Numbers in a slot of a folder that all workers share; an implementation of `Store`."""

    def __init__(self, folder: Path, *, lasting: Callable[[str], bool]) -> None:
        """Take the lowest free slot.

        Args:
            folder: shared by all processes of the deployment on this machine. Its files are
                removed by the first process that finds no other one alive.
            lasting: whether what an earlier process left under a key still counts.

        Raises:
            OSError: the folder cannot be used.
        """
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder / "lock"):
            self.slot, self._descriptor, left = _take(folder)
        kept = [(key, values) for key, values in left if lasting(key)]
        os.ftruncate(self._descriptor, 0)
        os.ftruncate(self._descriptor, _FIRST_SIZE)
        self._map(_FIRST_SIZE)
        self._used = _HEADER.size
        self._offsets: dict[str, tuple[int, int]] = {}
        for key, values in kept:
            self._append(key, values)

    def cell(self, key: str, size: int) -> Cell:
        """The numbers under the key: those of an earlier process in the slot, or zeros."""
        offset, length = self._offsets.get(key, (0, 0))
        if length != size:
            offset = self._append(key, [0.0] * size)
        values = [_DOUBLE.unpack_from(self.memory, offset + 8 * index)[0] for index in range(size)]
        return Cell(values, self, offset // _DOUBLE.size)

    def entries(self) -> Iterator[Entry]:
        """Everything in the folder: of this process, of those beside it, and of those before."""
        for path in sorted(self.folder.glob(f"*{_SUFFIX}")):
            slot = int(path.stem)
            live = slot == self.slot or _is_locked(path)
            for key, values in _read(path.read_bytes()):
                yield Entry(key, values, live, slot)

    def close(self) -> None:
        """Give the slot back; what was counted stays for the next process in it."""
        self._unmap()
        os.close(self._descriptor)

    def _map(self, size: int) -> None:
        self.memory = mmap.mmap(self._descriptor, size)
        self.doubles = memoryview(self.memory).cast("d")

    def _unmap(self) -> None:
        self.doubles.release()  # a map that is looked at cannot be closed
        self.memory.close()

    def _append(self, key: str, values: Sequence[float]) -> int:
        encoded = key.encode()
        padded = encoded + bytes(-len(encoded) % 8)
        entry = _ENTRY.pack(len(encoded), len(values)) + padded + b"".join(map(_pack, values))
        while self._used + len(entry) > len(self.memory):
            size = 2 * len(self.memory)
            self._unmap()
            os.ftruncate(self._descriptor, size)
            self._map(size)
        self.memory[self._used : self._used + len(entry)] = entry
        offset = self._used + _ENTRY.size + len(padded)
        self._used += len(entry)
        # Last, so that a reader never meets half an entry.
        self.memory[: _HEADER.size] = _HEADER.pack(self._used)
        self._offsets[key] = (offset, len(values))
        return offset


def _take(folder: Path) -> tuple[int, int, list[tuple[str, tuple[float, ...]]]]:
    """Lock the lowest free slot; remove what is left when no other process lives."""
    paths = list(folder.glob(f"*{_SUFFIX}"))
    if not any(_is_locked(path) for path in paths):
        for path in paths:
            path.unlink()
    slot = 0
    while True:
        path = folder / f"{slot}{_SUFFIX}"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            slot += 1
            continue
        return slot, descriptor, list(_read(path.read_bytes()))


def _is_locked(path: Path) -> bool:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _read(data: bytes) -> Iterator[tuple[str, tuple[float, ...]]]:
    """The entries of a slot's file; an empty or unfinished file has none."""
    if len(data) < _HEADER.size:
        return
    (used,) = _HEADER.unpack_from(data)
    position = _HEADER.size
    while position < min(used, len(data)):
        length, count = _ENTRY.unpack_from(data, position)
        position += _ENTRY.size
        key = data[position : position + length].decode()
        position += length + -length % 8
        yield key, struct.unpack_from(f"={count}d", data, position)
        position += 8 * count
