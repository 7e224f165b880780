"""What a run of the lab must not leave behind, written down before it exists.

Every run has a folder with a ledger of its process groups and databases. A run that ends,
however it ends, settles its own; one that was itself killed is settled by the next run,
which finds the ledger of an owner that no longer lives.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from backstay.kernel.guarantees import LabError

Drop = Callable[[str], Awaitable[None]]
"""Drops the PostgreSQL database of this name, if it is there."""

_PROC: Final = Path("/proc")


class Entry(Struct, frozen=True):
    """One thing to be cleaned up."""

    kind: Literal["owner", "process", "database"]
    name: str
    """A process id (for `process`, of the leader of its group), or a database's name."""
    began: str = ""
    """When that process began, as the system tells it: ids are used again, beginnings are not."""


def lab_root() -> Path:
    """The folder of this user's runs on this machine, made if absent, readable by nobody else."""
    root = Path(tempfile.gettempdir()) / f"backstay-lab-{os.getuid()}"
    root.mkdir(mode=0o700, exist_ok=True)
    return root


def beginning(pid: int) -> str:
    """When the process began, in whatever form the system tells it; empty if there is none."""
    if _PROC.is_dir():
        try:
            return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[19]
        except (OSError, IndexError):
            return ""
    command = ["ps", "-o", "lstart=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603 (fixed program, a number)


def members(group: int) -> list[int]:
    """Ids of the living (not zombie) processes of a group; on systems without /proc, its leader."""
    if not _PROC.is_dir():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, 0)
            return [group]
        return []
    return [pid for pid, state in _states(group) if state not in "ZX"]


def moving(group: int) -> list[int]:
    """Ids of the processes of a group that are neither stopped nor dead; none known without /proc."""
    return [pid for pid, state in _states(group) if state not in "TZX"]


def _states(group: int) -> list[tuple[int, str]]:
    """The processes of a group with the letter of their state, as /proc tells it."""
    found = []
    for entry in _PROC.iterdir() if _PROC.is_dir() else ():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[2]) == group:
                    found.append((int(entry.name), fields[0]))
    return found


class Ledger:
    """The folder of one run, and the list of what it made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = folder / "ledger.jsonl"

    @staticmethod
    def open() -> Ledger:
        """Make the folder of a new run and note this process as its owner."""
        ledger = Ledger(Path(tempfile.mkdtemp(prefix="run-", dir=lab_root())))
        ledger.note(Entry("owner", str(os.getpid()), beginning(os.getpid())))
        return ledger

    def note(self, entry: Entry) -> None:
        """Write an entry down; it is in the file when this returns."""
        with self._file.open("ab") as file:
            file.write(msgspec.json.encode(entry) + b"\n")

    def entries(self) -> Iterator[Entry]:
        """Everything noted so far; a last line cut short by a crash is passed over."""
        for line in self._file.read_bytes().splitlines() if self._file.exists() else []:
            with contextlib.suppress(msgspec.DecodeError):
                yield msgspec.json.decode(line, type=Entry)

    @property
    def abandoned(self) -> bool:
        """Whether the run that owns this folder no longer lives."""
        owner = next((entry for entry in self.entries() if entry.kind == "owner"), None)
        if owner is None:
            # Between the making of the folder and its first line there is a moment.
            return time.time() - self.folder.stat().st_mtime > 60
        return beginning(int(owner.name)) != owner.began

    async def settle(self, drop: Drop, *, keep: bool = False) -> None:
        """End every process group and drop every database noted here, then remove the folder.

        With `keep` the folder stays, with logs and SQLite files, and so do the databases.
        """
        entries = list(self.entries())
        for entry in entries:
            if entry.kind == "process":
                await end_group(int(entry.name), entry.began)
        if keep:
            return
        for entry in entries:
            if entry.kind == "database":
                await drop(entry.name)
        shutil.rmtree(self.folder, ignore_errors=True)


async def end_group(group: int, began: str) -> None:
    """SIGKILL a process group of ours and wait until nobody of it lives.

    A living process with the group's number that began at another time is a stranger who
    got the number later, and is left alone.
    """
    now = beginning(group)
    if now and now != began:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
    async with asyncio.timeout(10):
        while members(group):  # noqa: ASYNC110 (there is no event for the end of somebody else's child)
            await asyncio.sleep(0.005)


async def reap(drop: Drop) -> list[Path]:
    """Settle the runs of this user whose owner has died; returns their folders."""
    settled = []
    for folder in sorted(lab_root().glob("run-*")):
        ledger = Ledger(folder)
        if ledger.abandoned:
            try:
                await ledger.settle(drop)
            except LabError:
                # Its databases are on a server that does not answer now: the next run tries again.
                continue
            settled.append(folder)
    return settled
