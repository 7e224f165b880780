"""Workers that share their numbers."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from backstay.kernel.telemetry.exposition import exposition
from backstay.kernel.telemetry.metrics import Counter, Registry

WORKER = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from backstay.kernel.telemetry.metrics import Registry

    registry = Registry(label_sets=2)
    orders = registry.counter("orders_total", "Orders.", ["channel"])
    busy = registry.gauge("busy", "Requests.")
    memory = registry.gauge("memory", "Bytes.", merge="each")
    oldest = registry.gauge("oldest", "Seconds.", merge="max")
    size = registry.histogram("size", "Bytes.", buckets=(1, 2))
    registry.share(Path(sys.argv[1]))
    print(registry.store.slot, flush=True)
    for line in sys.stdin:
        channel, number = line.split()
        for _ in range(int(number)):
            orders.inc(channel)
        busy.set(int(number))
        memory.set(int(number))
        oldest.set(int(number))
        size.observe(int(number))
        print("done", flush=True)
    """
)


class Worker:
    """A process with metrics of its own in the shared folder."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.slot = int(self._pipe(self.process.stdout).readline())

    def _pipe(self, pipe: IO[str] | None) -> IO[str]:
        assert pipe is not None
        return pipe

    def count(self, channel: str, number: int) -> None:
        stdin = self._pipe(self.process.stdin)
        stdin.write(f"{channel} {number}\n")
        stdin.flush()
        assert self._pipe(self.process.stdout).readline() == "done\n"

    def end(self, how: signal.Signals = signal.SIGKILL) -> None:
        self.process.send_signal(how)
        self.process.wait(10)
        for pipe in (self.process.stdin, self.process.stdout):
            self._pipe(pipe).close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "metrics"


@pytest.fixture
def workers() -> Iterator[list[Worker]]:
    started: list[Worker] = []
    yield started
    for worker in started:
        if worker.process.poll() is None:
            worker.end()


def scrape(folder: Path) -> list[str]:
    """What a worker that has counted nothing itself tells of all of them."""
    registry = Registry()
    registry.counter("orders_total", "Orders.", ["channel"])
    registry.gauge("busy", "Requests.")
    registry.gauge("memory", "Bytes.", merge="each")
    registry.gauge("oldest", "Seconds.", merge="max")
    registry.histogram("size", "Bytes.", buckets=(1, 2))
    registry.share(folder)
    try:
        return [line for line in exposition(registry).decode().splitlines() if not line.startswith("#")]
    finally:
        registry.reset()


def test_workers_are_added_up(folder: Path, workers: list[Worker]) -> None:
    workers += [Worker(folder), Worker(folder)]
    workers[0].count("web", 2)
    workers[1].count("web", 3)
    assert scrape(folder) == [
        "busy 5",
        'memory{worker="0"} 2',
        'memory{worker="1"} 3',
        "oldest 3",
        'orders_total{channel="web"} 5',
        'size_bucket{le="1"} 0',
        'size_bucket{le="2"} 1',
        'size_bucket{le="+Inf"} 2',
        "size_sum 5",
        "size_count 2",
    ]


def test_a_killed_worker_leaves_its_counts_and_takes_its_gauges(folder: Path, workers: list[Worker]) -> None:
    workers += [Worker(folder), Worker(folder)]
    workers[0].count("web", 2)
    workers[1].count("web", 3)
    workers[1].end(signal.SIGKILL)
    assert [line for line in scrape(folder) if not line.startswith("size")] == [
        "busy 2",
        'memory{worker="0"} 2',
        "oldest 2",
        'orders_total{channel="web"} 5',
    ]


def worker_of_this_process(folder: Path) -> tuple[Registry, Counter]:
    """A lock belongs to an open file, so several registries of one process are workers to each other."""
    registry = Registry(label_sets=2)
    orders = registry.counter("orders_total", "Orders.", ["channel"])
    registry.share(folder)
    return registry, orders


def test_a_new_worker_counts_on_in_the_slot_of_a_dead_one(folder: Path) -> None:
    lasting, _ = worker_of_this_process(folder)
    for _ in range(5):
        registry, orders = worker_of_this_process(folder)
        assert registry.store.slot == 1
        orders.inc("web", by=10)
        registry.reset()
    assert scrape(folder) == ['orders_total{channel="web"} 50']
    assert sorted(path.name for path in folder.iterdir()) == ["0.metrics", "1.metrics", "lock"]
    lasting.reset()


def test_files_do_not_grow_with_recycling(folder: Path) -> None:
    lasting, _ = worker_of_this_process(folder)
    used = []
    for generation in range(6):
        registry, orders = worker_of_this_process(folder)
        # Each generation brings labels of its own: the bound holds over all of them.
        orders.inc(f"channel-{generation}")
        registry.reset()
        used.append(len((folder / "1.metrics").read_bytes().rstrip(b"\0")))
    assert used[2] > used[0]
    assert len(set(used[2:])) == 1
    assert scrape(folder) == [
        'metrics_collapsed_total{metric="orders_total"} 4',
        'orders_total{channel="channel-0"} 1',
        'orders_total{channel="channel-1"} 1',
        'orders_total{channel="other"} 4',
    ]
    lasting.reset()


def test_the_first_worker_of_a_deployment_starts_from_nothing(folder: Path, workers: list[Worker]) -> None:
    workers.append(Worker(folder))
    workers[0].count("web", 2)
    workers[0].end(signal.SIGTERM)
    assert scrape(folder) == []


def test_a_slot_grows_when_it_is_full(folder: Path) -> None:
    registry = Registry(label_sets=5000)
    counter = registry.counter("orders_total", "Orders.", ["channel"])
    registry.share(folder)
    for number in range(3000):
        counter.inc(f"a rather long channel name {number}")
        counter.inc("a rather long channel name 0")
    lines = exposition(registry).decode().splitlines()
    assert len(lines) == 3002
    assert 'orders_total{channel="a rather long channel name 0"} 3001' in lines
    assert (folder / "0.metrics").stat().st_size > 1 << 16
    registry.reset()
