"""`python -m bench.cache`: the value cache beside cashews and cache-manager, in turns.

Each contender runs each workload in a process of its own, one after the other in every round, so that
a busy machine is as busy for all. What is printed is the median with the lowest and the highest round.
`stampede` starts four processes that miss the same value at the same moment, 1,000 times each; with values
in memory the processes of the peers know nothing of each other, so four computations are the best they can
do, and ours hand the value on in the database.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final
from uuid import uuid4

from bench.harness import report
from bench.harness.machine import REPOSITORY

WORK: Final = REPOSITORY / "bench/.work/cache"
PEERS: Final = Path(__file__).parent / "peers"
REDIS: Final = os.environ.get("BACKSTAY_LAB_REDIS", "redis://127.0.0.1:6379/0")
PYTHON_PEERS: Final = ("cashews[redis]==7.6.0",)
NODE_PEERS: Final = ("cache-manager@7.2.9", "keyv@5.6.0", "@keyv/redis@5.1.6", "cacheable@2.5.0")
CONTENDERS: Final = ("backstay", "cashews", "cache-manager")
PROCESSES: Final = 4
_SUMMARY: Final = """\
A struct of five fields, kept in memory and on Redis. `hits`: one after the other, through the whole of each
library's own "get or compute"; backstay's asks in between whether the value still holds. `memory`: 100,000
values of 1 KiB where there is room for 16 MiB. `stampede`: 1,000 ask for one missing value in each of 4
processes at once; computing takes 50 ms."""
PLAN: Final = (
    ("memory", "hits"),
    ("memory", "memory"),
    ("memory", "stampede"),
    ("redis", "hits"),
    ("redis", "stampede"),
)


def install() -> None:
    """Fetch the peers, each into a place of its own outside the repository's environment."""
    python = WORK / "py/bin/python"
    if not python.exists():
        subprocess.run(["uv", "venv", "--quiet", "--python", sys.executable, WORK / "py"], check=True)
    subprocess.run(["uv", "pip", "install", "--quiet", "--python", python, *PYTHON_PEERS], check=True)
    (WORK / "node").mkdir(parents=True, exist_ok=True)
    quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(["npm", "install", *quiet, "--prefix", WORK / "node", *NODE_PEERS], check=True)


def command(contender: str, workload: str, store: str, prefix: str, database: str, at: float) -> list[str]:
    """How one process of a contender is started."""
    arguments = [workload, "-" if store == "memory" else REDIS, prefix, database, str(at)]
    match contender:
        case "backstay":
            return [sys.executable, "-m", "bench.cache.ours", *arguments]
        case "cashews":
            return [str(WORK / "py/bin/python"), str(PEERS / "cashews_peer.py"), *arguments]
        case _:
            return ["node", "--expose-gc", str(PEERS / "cache_manager.mjs"), *arguments]


def measure(contender: str, workload: str, store: str) -> dict[str, float]:
    """One round."""
    prefix = f"bench-{uuid4().hex[:12]}"
    place = WORK / "node" if contender == "cache-manager" else REPOSITORY
    if workload != "stampede":
        line = command(contender, workload, store, prefix, "-", 0)
        return _told(subprocess.run(line, cwd=place, check=True, capture_output=True, text=True).stdout)
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:  # in memory, so that no disk counts
        database = "-"
        if contender == "backstay":
            database = f"sqlite:///{folder}/bench.db"
            environment = {**os.environ, "DATABASE_URL": database}
            up = [str(Path(sys.executable).parent / "backstay"), "migrate", "up"]
            subprocess.run(up, check=True, cwd=folder, capture_output=True, env=environment)
        line = command(contender, workload, store, prefix, database, time.time() + 4)
        running = [
            subprocess.Popen(line, cwd=place, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)
        ]
        found = [_told(process.communicate()[0]) for process in running]
    return {"fills": sum(one["fills"] for one in found), "seconds": max(one["seconds"] for one in found)}


def _told(output: str) -> dict[str, Any]:
    return dict(json.loads(output.strip().splitlines()[-1]))


def table(found: dict[tuple[str, str, str], list[dict[str, float]]]) -> str:
    """The rounds as Markdown."""
    heads = ("values in", "workload", "contender", "figure", "median", "lowest", "highest")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for place, rounds in found.items():
        for name in rounds[0]:
            seen = [one[name] for one in rounds]
            figures = [f"{each:,.4g}" for each in (median(seen), min(seen), max(seen))]
            lines.append(f"| {' | '.join([*place, name, *figures])} |")
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> None:
    """Run what the command line asks for, and print it."""
    parser = argparse.ArgumentParser(prog="python -m bench.cache", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--save", action="store_true", help="write bench/RESULTS.md")
    parser.add_argument("--contender", action="append", default=[], choices=CONTENDERS)
    options = parser.parse_args(arguments)
    WORK.mkdir(parents=True, exist_ok=True)
    install()
    found: dict[tuple[str, str, str], list[dict[str, float]]] = {}
    for _ in range(options.rounds):
        for store, workload in PLAN:
            for contender in options.contender or CONTENDERS:
                found.setdefault((store, workload, contender), []).append(measure(contender, workload, store))
    lines = table(found).splitlines()
    print("\n".join(lines))
    if options.save:
        command = " ".join(("python -m bench.cache", *arguments))
        report.write_told("The value cache", _SUMMARY, lines, command, REPOSITORY / "bench/RESULTS.md")


if __name__ == "__main__":
    main(sys.argv[1:])
