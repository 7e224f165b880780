"""`python -m bench.ratelimit`: run the limiters in turns, and say what a check costs and how exact it is."""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final
from uuid import uuid4

import asyncpg

from backstay.kernel import migrations
from backstay.systems.ratelimit.module import module
from bench.harness import report
from bench.harness.installing import copy, pins_of, python_of
from bench.harness.machine import REPOSITORY

WORK: Final = REPOSITORY / "bench/.work/ratelimit"
PEERS: Final = Path(__file__).parent / "peers/python"
PROCESSES: Final = 4
QUOTA, WINDOW = 100, 2
"""Of the crowd."""
_SUMMARY: Final = """\
Checks of a limit a second over a thousand keys, in one process: one after the other, and by fifty at once.
Ours run behind the guard with its deadline, as in the house; `incrby` is a bare INCRBY by redis-py,
and `ours-nothing` a check that checks nothing: what the measuring itself costs. A check in memory at its
quickest is the least of some hundred runs over the thousand keys, as `timeit` advises.
Then four processes with fifty coroutines each at one quota of 100 in 2 s: by how many the worst time exceeds
the policy, of checks that were certainly decided within it."""
ALONE: Final = {
    "memory": (
        "ours-nothing",
        "ours-gcra",
        "throttled-gcra",
        "pyrate-gcra",
        "ours-counter",
        "throttled-counter",
        "limits-counter",
    ),
    "redis": ("incrby", "ours-gcra", "throttled-gcra", "pyrate-gcra", "limits-counter"),
    "postgresql": ("ours-gcra",),
    "sqlite": ("ours-gcra",),
}
CROWDED: Final = {
    "redis": ("ours-gcra", "ours-log", "throttled-gcra", "pyrate-gcra", "limits-moving", "limits-counter"),
    "postgresql": ("ours-gcra", "ours-log"),
    "sqlite": ("ours-gcra", "ours-log"),
}


def most_beyond(admitted: Sequence[tuple[int, int]], *, bucket: bool) -> int:
    """By how many the worst time exceeds the policy, of checks that were certainly decided within it.

    A bucket may let `QUOTA` through at once and as much again in a window; the others `QUOTA` in any window.
    """
    worst = 0
    by_end = sorted(admitted, key=lambda one: one[1])
    for begin, _ in admitted:
        inside = 0
        for asked, answered in by_end:
            if asked < begin:
                continue
            passed = (answered - begin) / 1e9
            if not bucket and passed >= WINDOW:
                break
            inside += 1
            may = QUOTA + passed * QUOTA / WINDOW if bucket else QUOTA
            worst = max(worst, inside - int(may))
    return worst


class Bench:
    """Where the programs run, and what they count in."""

    def __init__(self, python: Path, stores: dict[str, str]) -> None:
        self._python = python
        self._stores = stores

    def _command(self, contender: str, workload: str, seconds: float, store: str, name: str) -> list[str]:
        program = (
            [sys.executable, "-m", "bench.ratelimit.ours"]
            if contender.startswith("ours")
            else [str(self._python), str(WORK / "peers/peer.py")]
        )
        return [*program, contender, workload, str(seconds), self._stores[store], name]

    def measure(self, contender: str, workload: str, seconds: float, store: str) -> float:
        """What the workload tells: checks a second, or microseconds of one."""
        command = self._command(contender, workload, seconds, store, uuid4().hex)
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=REPOSITORY)
        return float(json.loads(done.stdout))

    def crowd(self, contender: str, seconds: float, store: str) -> tuple[int, int]:
        """How many the crowd of four processes got through, and by how many the worst time had too many."""
        command = self._command(contender, "crowd", seconds, store, uuid4().hex)
        crowd = [
            subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
            )
            for _ in range(PROCESSES)
        ]
        for one in crowd:
            assert one.stdout is not None
            if one.stdout.readline() != "ready\n":
                raise RuntimeError(f"{contender} did not start")
        for one in crowd:
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()
        admitted = [tuple(pair) for one in crowd for pair in json.loads(one.communicate()[0])]
        return len(admitted), most_beyond(admitted, bucket="gcra" in contender)


async def _database(postgres: str) -> str:
    name = f"backstay_bench_{uuid4().hex[:12]}"
    connection = await asyncpg.connect(postgres)
    await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    await connection.close()
    url = f"{postgres.rpartition('/')[0]}/{name}"
    await migrations.up(url, [module])
    return url


async def _drop(postgres: str, url: str) -> None:
    connection = await asyncpg.connect(postgres)
    await connection.execute(f'DROP DATABASE "{url.rpartition("/")[2]}" WITH (FORCE)')
    await connection.close()


def main() -> None:
    """Measure, print two tables, and perhaps write them down."""
    parser = argparse.ArgumentParser(prog="python -m bench.ratelimit", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--redis", default="redis://127.0.0.1:6379/0")
    parser.add_argument("--postgres", default="postgresql://postgres@127.0.0.1:54329/postgres")
    parser.add_argument("--save", action="store_true", help="write bench/RESULTS.md")
    options = parser.parse_args()
    copy(PEERS, WORK / "peers")
    python = python_of(WORK / "peers")
    pins = ", ".join(f"{name} {version}" for name, version in pins_of(WORK / "peers").items())
    database = asyncio.run(_database(options.postgres))
    try:
        with tempfile.TemporaryDirectory() as folder:
            stores = {
                "memory": "",
                "sqlite": f"{folder}/limits.db",
                "postgresql": database,
                "redis": options.redis,
            }
            lines = _rates(Bench(python, stores), options.rounds, options.seconds)
            lines += ["", *_least(Bench(python, stores), options.rounds, options.seconds)]
            lines += ["", *_exactness(Bench(python, stores), options.seconds)]
    finally:
        asyncio.run(_drop(options.postgres, database))
    lines += ["", f"Peers: {pins}."]
    print("\n".join(lines))
    if options.save:
        command = f"python -m bench.ratelimit --rounds {options.rounds} --seconds {options.seconds:g}"
        report.write_told("Limits", _SUMMARY, lines, command, REPOSITORY / "bench/RESULTS.md")


def _rates(bench: Bench, rounds: int, seconds: float) -> list[str]:
    found: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for _ in range(rounds):
        # In turns, so that whatever else the machine does meets all alike.
        for store, contenders in ALONE.items():
            for workload in ("alone", "together"):
                for contender in contenders:
                    found[store, workload, contender].append(
                        bench.measure(contender, workload, seconds, store)
                    )
    lines = [
        "| store | contender | one after the other, a second | 50 at once, a second |",
        "|---|---|---|---|",
    ]
    for store, contenders in ALONE.items():
        for contender in contenders:
            cells = [found[store, workload, contender] for workload in ("alone", "together")]
            told = " | ".join(f"{median(cell):,.0f} ({min(cell):,.0f}-{max(cell):,.0f})" for cell in cells)
            lines.append(f"| {store} | {contender} | {told} |")
    return lines


def _least(bench: Bench, rounds: int, seconds: float) -> list[str]:
    found: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        for contender in ALONE["memory"]:
            found[contender].append(bench.measure(contender, "least", seconds, "memory"))
    lines = ["| contender | a check in memory at its quickest, us | of it the check |", "|---|---|---|"]
    for contender, told in found.items():
        cells = [(value, value - around) for value, around in zip(told, found["ours-nothing"], strict=True)]
        whole, own = (
            f"{median(cell):.2f} ({min(cell):.2f}-{max(cell):.2f})" for cell in zip(*cells, strict=True)
        )
        lines.append(f"| {contender} | {whole} | {own} |")
    return lines


def _exactness(bench: Bench, seconds: float) -> list[str]:
    lines = [
        f"| store | contender | admitted in {3 * seconds:g} s | beyond the policy, worst time |",
        "|---|---|---|---|",
    ]
    for store, contenders in CROWDED.items():
        for contender in contenders:
            admitted, beyond = bench.crowd(contender, 3 * seconds, store)
            lines.append(f"| {store} | {contender} | {admitted} | {beyond} |")
    return lines


if __name__ == "__main__":
    main()
