"""What every Python peer shares: its orders from the environment, and the file that counts executions.

A handler appends sixteen bytes (number of the job, seconds from its intended start) with
one write to a file opened for appending: it survives SIGKILL of the worker, so that jobs
lost and run twice are counted from outside, alike for all.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import struct
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

URL = os.environ["BENCH_URL"]
COUNT = int(os.environ.get("BENCH_COUNT", "0"))
BATCH = int(os.environ.get("BENCH_BATCH", "1"))
FIRST = int(os.environ.get("BENCH_FIRST", "0"))
RATE = float(os.environ.get("BENCH_RATE", "0"))
WARM = int(os.environ.get("BENCH_WARM", "0"))
CONCURRENCY = int(os.environ.get("BENCH_CONCURRENCY", "32"))
SLEEP = float(os.environ.get("BENCH_SLEEP", "0"))
POOL = 8
_RECORD = struct.Struct("<Qd")
_file = os.open(os.environ["BENCH_ORACLE"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)


def ran(number: int, intended: float) -> None:
    """Count one execution; `intended` is when it was to start (Unix seconds), 0 if at no certain time."""
    os.write(_file, _RECORD.pack(number, time.time() - intended if intended else 0.0))


async def run(number: int, intended: float) -> None:
    """What every handler does: count, and then be busy for BENCH_SLEEP seconds, none as a rule."""
    ran(number, intended)
    if SLEEP:
        await asyncio.sleep(SLEEP)


async def _enqueue(
    one: Callable[[dict[str, Any]], Awaitable[object]],
    many: Callable[[list[dict[str, Any]]], Awaitable[object]],
    begin: int,
    end: int,
) -> None:
    if BATCH == 1:
        for number in range(begin, end):
            await one({"n": FIRST + number, "t": 0})
    else:
        for first in range(begin, end, BATCH):
            await many([{"n": FIRST + number, "t": 0} for number in range(first, min(first + BATCH, end))])


async def produce(
    one: Callable[[dict[str, Any]], Awaitable[object]],
    many: Callable[[list[dict[str, Any]]], Awaitable[object]],
) -> None:
    """Enqueue BENCH_COUNT jobs in batches of BENCH_BATCH, or one by one at BENCH_RATE a second; report.

    The first BENCH_WARM are not timed: they are what a process is cold for.
    """
    if not RATE:
        await _enqueue(one, many, 0, WARM)
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    if RATE:
        start = time.time() + 0.1
        for number in range(COUNT):
            intended = start + number / RATE
            await asyncio.sleep(max(0.0, intended - time.time()))
            await one({"n": FIRST + number, "t": intended if number >= WARM else 0})
    else:
        await _enqueue(one, many, WARM, COUNT)
    after, ended = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"seconds": ended - began, "cpu": cpu}), flush=True)


def main(**actions: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run the action that the command line names: setup, produce or work."""
    try:
        import uvloop

        uvloop.install()
    except ImportError:
        pass
    asyncio.run(actions[sys.argv[1]]())
