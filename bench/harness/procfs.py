"""What Linux says a process tree costs: CPU seconds and resident memory, from /proc."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from msgspec import Struct

_PROC: Final = Path("/proc")
_TICKS: Final = os.sysconf("SC_CLK_TCK")


class MachineTime(Struct, frozen=True):
    """CPU seconds since boot, all cores together."""

    work: float
    """Time in processes, user and kernel, without interrupts."""
    steal: float
    """Time the hypervisor gave to other machines."""


def tree(root: int) -> list[int]:
    """The process and all its living descendants, by pid."""
    children: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            fields = _stat(int(entry.name))
            if fields is not None:
                children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting.extend(children.get(pid, ()))
    return found


def cpu_seconds(root: int) -> float:
    """User and kernel time of the tree since its start, its ended and reaped descendants included."""
    return cpu_seconds_of(tree(root))


def cpu_seconds_of(pids: list[int]) -> float:
    """User and kernel time of these processes and of the children they have reaped.

    Linux rounds each process's figure to its clock tick, 10 ms as a rule.
    """
    ticks = 0
    for pid in pids:
        fields = _stat(pid)
        if fields is not None:
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / _TICKS


def resident_bytes(root: int) -> int:
    """VmRSS summed over the tree; pages that processes share are counted in each."""
    return sum(_resident(pid) for pid in tree(root))


def affinity(root: int) -> set[int]:
    """Every core that any thread of the tree may run on."""
    cores: set[int] = set()
    for pid in tree(root):
        for thread in (_PROC / str(pid) / "task").iterdir():
            cores |= os.sched_getaffinity(int(thread.name))
    return cores


def machine_time() -> MachineTime:
    """The whole machine's CPU time, to tell how much of it went to anything but the benchmark."""
    fields = (_PROC / "stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system = (int(field) for field in fields[:3])
    return MachineTime(work=(user + nice + system) / _TICKS, steal=int(fields[7]) / _TICKS)


def disk_flushes() -> int:
    """Cache flushes that the machine's disks have completed since boot: what a durable commit ends in."""
    flushes = 0
    for stat in Path("/sys/block").glob("*/stat"):
        fields = stat.read_text().split()
        if len(fields) > 15:
            flushes += int(fields[15])
    return flushes


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the state on (the name before it may hold blanks)."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def _resident(pid: int) -> int:
    try:
        status = (_PROC / str(pid) / "status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    for line in status.splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0
