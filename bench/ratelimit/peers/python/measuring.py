"""What every contender runs: checks in one loop, by many at once, and a crowd on one quota.

Needs nothing but Python, for it runs in the peers' environments too.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable

Check = Callable[[int], Awaitable[bool]]
"""Take one from the quota of this key."""
KEYS = 1000
AT_ONCE = 50
"""Checks that wait for an answer at the same time."""


async def alone(check: Check, seconds: float) -> float:
    """Checks a second, one after the other."""
    done, began = 0, time.perf_counter()
    while (passed := time.perf_counter() - began) < seconds:
        for _ in range(10):
            await check(done % KEYS)
            done += 1
    return done / passed


async def least(check: Check, seconds: float) -> float:
    """Microseconds of a check at its quickest: the least of many short runs, as `timeit` advises.

    What other programs take from a run is never negative, so the least has the least of it.
    """
    found, until = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < until:
        began = time.perf_counter_ns()
        for key in range(KEYS):
            await check(key)
        found = min(found, time.perf_counter_ns() - began)
    return found / KEYS / 1000


async def together(check: Check, seconds: float) -> float:
    """Checks a second, by fifty at once."""
    done, began = 0, time.perf_counter()

    async def one(number: int) -> None:
        nonlocal done
        while time.perf_counter() - began < seconds:
            await check((number * 31 + done) % KEYS)
            done += 1

    await asyncio.gather(*(one(number) for number in range(AT_ONCE)))
    return done / (time.perf_counter() - began)


async def crowd(check: Check, seconds: float) -> list[tuple[int, int]]:
    """Fifty at one key, as fast as they can: when each admitted check was asked and answered, in ns.

    The clock is the machine's monotonic one, which its processes share.
    """
    admitted: list[tuple[int, int]] = []
    until = time.monotonic() + seconds

    async def one() -> None:
        while time.monotonic() < until:
            asked = time.monotonic_ns()
            if await check(0):
                admitted.append((asked, time.monotonic_ns()))
            await asyncio.sleep(0)

    await asyncio.gather(*(one() for _ in range(AT_ONCE)))
    return admitted


async def main(open_check: Callable[[str, str, int, int, str], Awaitable[Check]]) -> None:
    """`<contender> <workload> <seconds> <url> <name>`: print what was found as JSON."""
    contender, workload, seconds, url, name = sys.argv[1:]
    quota, window = (100, 2) if workload == "crowd" else (500_000, 60)
    check = await open_check(contender, url, quota, window, name)
    if workload == "crowd":
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)  # all processes begin together
        print(json.dumps(await crowd(check, float(seconds))), flush=True)
        return
    measure = {"alone": alone, "least": least, "together": together}[workload]
    await measure(check, 0.3)
    print(json.dumps(await measure(check, float(seconds))), flush=True)
