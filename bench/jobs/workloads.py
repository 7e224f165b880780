"""What is measured, and the oracle that counts: every execution, from a file that outlives the workers."""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Final

from msgspec import Struct

from bench.harness import procfs
from bench.harness.commands import clean_environment
from bench.harness.cores import SERVER_CORE
from bench.jobs.contenders import Contender, Workshop
from bench.jobs.stores import Stores

_RECORD: Final = struct.Struct("<Qd")
_WARM: Final = 50
"""Jobs that are not timed, before those that are."""
PATIENCE: Final = 120.0
"""Seconds without one more execution after which what is missing counts as lost."""


class Found(Struct, frozen=True, kw_only=True):
    """What one contender did in one round of one workload; None where it says nothing."""

    contender: str
    workload: str
    number: int
    rate: float | None = None
    """Jobs a second."""
    cpu: float | None = None
    """Microseconds of the client's or the worker's CPU a job."""
    store_cpu: float | None = None
    """Microseconds of the store server's CPU a job."""
    p50: float | None = None
    """Milliseconds from intended enqueue to the handler's start."""
    p99: float | None = None
    lost: int = 0
    """Jobs that were acknowledged and never ran."""
    repeated: int = 0
    """Executions beyond a job's first."""
    fault: str = ""


class Site:
    """One contender on a fresh store, with its oracle."""

    def __init__(self, work: Path, stores: Stores, workshop: Workshop, contender: Contender) -> None:
        self._workshop = workshop
        self._contender = contender
        self._stores = stores
        self._oracle = work / "oracle"
        self._log = work / f"{contender.name}.log"
        self._oracle.write_bytes(b"")
        self._url = stores.fresh(contender.on)
        self._run("setup")

    def _environment(self, extra: Mapping[str, object]) -> dict[str, str]:
        named = {f"BENCH_{name.upper()}": str(value) for name, value in extra.items()}
        return {**clean_environment(), "BENCH_URL": self._url, "BENCH_ORACLE": str(self._oracle), **named}

    def _command(self, action: str) -> list[str]:
        return ["taskset", "-c", str(SERVER_CORE), *self._workshop.command(self._contender, action)]

    def _run(self, action: str, **extra: object) -> str:
        done = subprocess.run(
            self._command(action),
            cwd=self._workshop.directory(self._contender),
            env=self._environment(extra),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{self._contender.name} {action}: {done.stderr[-1500:]}")
        return done.stdout

    def produce(self, count: int, *, batch: int = 1, rate: float = 0, warm: int = 0) -> tuple[float, float]:
        """Enqueue; the seconds and the CPU seconds that it took its process.

        The first `warm` of them are not timed.
        """
        given = self._run("produce", count=count, batch=batch, rate=rate, warm=warm)
        told = json.loads(given.splitlines()[-1])
        return told["seconds"], told["cpu"]

    @contextmanager
    def worker(self, concurrency: int = 32, sleep: float = 0) -> Iterator[subprocess.Popen[bytes]]:
        """A worker with this concurrency whose jobs take `sleep` seconds each, until the block ends."""
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                self._command("work"),
                cwd=self._workshop.directory(self._contender),
                env=self._environment({"concurrency": concurrency, "sleep": sleep}),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            kill(process)

    @contextmanager
    def open_transaction(self) -> Iterator[None]:
        """A session on PostgreSQL that has written something and does not end, until the block does."""
        with self._stores.postgres.open_transaction("jobs"):
            yield

    def executions(self) -> list[tuple[int, float]]:
        """Every execution so far: the job's number, and the seconds from its intended start."""
        data = self._oracle.read_bytes()
        return [_RECORD.unpack_from(data, at) for at in range(0, len(data) - len(data) % 16, 16)]

    def count(self) -> int:
        """How many executions so far."""
        return self._oracle.stat().st_size // _RECORD.size

    def await_count(self, count: int, patience: float = PATIENCE) -> None:
        """Wait until so many executions were counted, or none came for `patience` seconds."""
        seen, moved = self.count(), time.monotonic()
        while seen < count and time.monotonic() - moved < patience:
            time.sleep(0.002)
            if (now := self.count()) != seen:
                seen, moved = now, time.monotonic()

    def store_cpu(self) -> float:
        """CPU seconds of the store's server so far."""
        pid = self._stores.pid(self._contender.on)
        return procfs.cpu_seconds(pid) if pid is not None else 0.0


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the process and all it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def enqueue(site: Site, name: str, number: int, *, count: int, batch: int) -> Found:
    """Enqueue `count` jobs, `batch` in a commit; the first few batches warm the process and are not timed."""
    before, warm = site.store_cpu(), min(_WARM * batch, count // 10)
    seconds, cpu = site.produce(count, batch=batch, warm=warm)
    store = site.store_cpu() - before
    workload = "bulk" if batch > 1 else "single"
    return Found(
        contender=name,
        workload=workload,
        number=number,
        rate=(count - warm) / seconds,
        cpu=cpu / (count - warm) * 1e6,
        store_cpu=store / count * 1e6,
    )


def drain(site: Site, name: str, number: int, *, count: int) -> Found:
    """Run `count` waiting no-op jobs at concurrency 32, timed from the 200th execution to the last.

    The first executions are left out so that nobody's start-up counts.
    """
    skipped = 200
    with site.worker() as process:
        site.await_count(skipped)
        began, cpu, store = time.perf_counter(), procfs.cpu_seconds(process.pid), site.store_cpu()
        first = site.count()
        site.await_count(count)
        seconds = time.perf_counter() - began
        cpu, store = procfs.cpu_seconds(process.pid) - cpu, site.store_cpu() - store
        done = site.count() - first
        lost, repeated = judged(site, count)
    if done <= 0:
        return Found(contender=name, workload="drain", number=number, lost=lost, fault="nothing ran")
    return Found(
        contender=name,
        workload="drain",
        number=number,
        rate=done / seconds,
        cpu=cpu / done * 1e6,
        store_cpu=store / done * 1e6,
        lost=lost,
        repeated=repeated,
    )


def pickup(site: Site, name: str, number: int, *, rate: float, seconds: float) -> Found:
    """Enqueue at a steady rate, whatever the answers take (open loop), and time each job's start.

    Worker and producer are warm: what a process's first jobs wait for is their start-up.
    """
    with site.worker():
        site.produce(_WARM)
        site.await_count(_WARM)
        count = int(rate * seconds)
        site.produce(_WARM + count, rate=rate, warm=_WARM)
        site.await_count(2 * _WARM + count, patience=10)
        late = sorted(late * 1000 for _, late in site.executions() if late)
    if len(late) < count:
        return Found(contender=name, workload="pickup", number=number, lost=count - len(late), fault="lost")
    cuts = quantiles(late, n=100)
    return Found(contender=name, workload="pickup", number=number, p50=cuts[49], p99=cuts[98])


def held(site: Site, name: str, number: int, *, count: int, rate: float, seconds: float) -> Found:
    """As `pickup`, after `count` jobs have ended behind a transaction that stays open, and while it does.

    What it might see no vacuum removes: every job leaves its trace in the tables and indexes of its system.
    """
    with site.open_transaction(), site.worker():
        site.produce(count, batch=1000)
        site.await_count(count)
        timed = int(rate * seconds)
        site.produce(_WARM + timed, rate=rate, warm=_WARM)
        site.await_count(count + _WARM + timed, patience=30)
        late = sorted(late * 1000 for _, late in site.executions() if late)
    if len(late) < timed:
        return Found(contender=name, workload="held", number=number, lost=timed - len(late), fault="lost")
    cuts = quantiles(late, n=100)
    return Found(contender=name, workload="held", number=number, p50=cuts[49], p99=cuts[98])


def killing(site: Site, name: str, number: int, *, count: int, kills: int, every: float) -> Found:
    """Run jobs of 50 ms while the worker is killed every few seconds and started again; count what is lost.

    At least once is what all promise: a job in hand when its worker died may run again.
    """
    site.produce(count, batch=1000)
    began = time.perf_counter()
    for _ in range(kills):
        with site.worker(sleep=0.05):
            site.await_count(site.count() + 1, patience=20)
            time.sleep(every)
    with site.worker(sleep=0.05):
        while len({job for job, _ in site.executions()}) < count:
            seen = site.count()
            site.await_count(seen + 1, patience=45)
            if site.count() == seen:
                break
        lost, repeated = judged(site, count)
    seconds = time.perf_counter() - began
    return Found(
        contender=name,
        workload="kill",
        number=number,
        rate=(count - lost) / seconds,
        lost=lost,
        repeated=repeated,
    )


def judged(site: Site, count: int) -> tuple[int, int]:
    """Jobs that never ran, and executions beyond each job's first."""
    ran = Counter(job for job, _ in site.executions())
    return count - len(ran), sum(ran.values()) - len(ran)
