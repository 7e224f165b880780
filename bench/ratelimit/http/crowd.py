"""`python -m bench.ratelimit.http.crowd`: how exact each contender is, asked in two processes at once.

Forty connections, half of them to each process, ask for one quota of 100 in 2 s as fast as they can. Of every
admitted request is noted when it was sent and answered, and what certainly lies in a window is counted.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from contextlib import ExitStack
from typing import Final

from bench.harness import report, servers
from bench.harness.cores import LOAD_CORE
from bench.harness.machine import REPOSITORY
from bench.harness.model import Contender, Endpoint
from bench.ratelimit.__main__ import QUOTA, WINDOW, most_beyond
from bench.ratelimit.http import contenders
from bench.ratelimit.http.policies import POLICIES

WORK: Final = REPOSITORY / "bench/.work/ratelimit-http"
PROCESSES: Final = 2
CONNECTIONS: Final = 40
_TITLE: Final = "Limits over HTTP, by a crowd"
_SUMMARY: Final = """\
Two processes of each server, forty connections, one quota of 100 in 2 s, as fast as they can. In memory each
process counts by itself, ours too; on Redis they count together. A bucket lets its burst through and what
comes back meanwhile, so in one window up to twice the quota, and never more at once."""
_ADDRESS: Final = "198.18.200.1"
ALGORITHMS: Final = {"ours": (("crowd", True), ("crowd-log", False))}
"""The routes of a contender, and whether a bucket counts there; `crowd` by a window for everybody else."""


async def crowd(endpoints: list[Endpoint], path: str, seconds: float) -> list[tuple[int, int]]:
    """When each admitted request was sent and answered, in ns."""
    admitted: list[tuple[int, int]] = []
    until = time.monotonic() + seconds
    sent = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: {_ADDRESS}\r\n\r\n".encode()

    async def one(endpoint: Endpoint) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", endpoint.port)
        while time.monotonic() < until:
            asked = time.monotonic_ns()
            writer.write(sent)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
            await reader.readexactly(length)
            if b" 200 " in head[:16]:
                admitted.append((asked, time.monotonic_ns()))
            elif b" 429 " not in head[:16]:
                raise RuntimeError(f"{path}: {head[:80]!r}")
        writer.close()

    await asyncio.gather(*(one(endpoints[number % PROCESSES]) for number in range(CONNECTIONS)))
    return admitted


def most_within(admitted: list[tuple[int, int]]) -> int:
    """The most that were certainly admitted within any one window."""
    return QUOTA + most_beyond(admitted, bucket=False)


def measure(contender: Contender, seconds: float) -> list[str]:
    """The rows of a contender."""
    logs = WORK / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    contender.prepare()
    contender.create()
    rows = []
    with ExitStack() as stack:
        endpoints = [stack.enter_context(servers.running(contender, logs)).endpoint for _ in range(PROCESSES)]
        for route, bucket in ALGORITHMS.get(contender.name.partition("-")[0], (("crowd", False),)):
            admitted = asyncio.run(crowd(endpoints, f"/v1/gate/{route}", seconds))
            # What a policy may ever let through: a bucket its burst and what came back meanwhile.
            beyond = most_beyond(admitted, bucket=bucket)
            policy = f"bucket of {QUOTA}, {QUOTA} more in {WINDOW} s" if bucket else f"{QUOTA} in {WINDOW} s"
            rows.append(
                f"| {contender.title} | {policy} | {len(admitted)} | {most_within(admitted)} | {beyond} |"
            )
    return rows


def main() -> None:
    """Ask each contender, print a table, and perhaps write it down."""
    parser = argparse.ArgumentParser(prog="python -m bench.ratelimit.http.crowd", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--contender", action="append", default=[], help="only this one (repeatable)")
    parser.add_argument("--save", action="store_true", help="write bench/RESULTS.md")
    options = parser.parse_args()
    assert POLICIES["crowd"] == (QUOTA, WINDOW)
    os.sched_setaffinity(0, {LOAD_CORE})
    lines = [
        f"| server | policy | admitted in {options.seconds:g} s | most in one window | beyond the policy |",
        "|---|---|---:|---:|---:|",
    ]
    for store in ("memory", "redis"):
        for make in (contenders.ours, contenders.nestjs, contenders.fastify):
            contender = make(WORK, store)
            if not options.contender or contender.name in options.contender:
                lines += measure(contender, options.seconds)
    print("\n".join(lines))
    if options.save:
        command = f"python -m bench.ratelimit.http.crowd --seconds {options.seconds:g}"
        report.write_told(_TITLE, _SUMMARY, lines, command, REPOSITORY / "bench/RESULTS.md")


if __name__ == "__main__":
    main()
