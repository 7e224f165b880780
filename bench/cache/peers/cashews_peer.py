"""cashews: `cashews_peer.py <workload> <redis url or -> <prefix> - <at>`, as its documentation has it."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from cashews import cache


@dataclass
class Product:
    id: int
    name: str
    price: int
    tags: list
    words: str


PRODUCT = Product(7, "Lamp", 4900, ["light", "home"], "So long, and no longer. " * 4)
fills: list[int] = []


def resident() -> int:
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * resource.getpagesize()


async def main(workload: str, redis: str, prefix: str, at: float) -> None:
    # 16 MiB of values of 1 KiB, as its limit counts entries.
    cache.setup("mem://?size=16384" if redis == "-" else redis)

    @cache(ttl="1h", key="product:{number}", prefix=prefix, tags=["products"])
    async def hit(number: int) -> Product:
        assert number == PRODUCT.id
        return PRODUCT

    @cache(ttl="1h", key="new:{number}", prefix=prefix, lock=True)
    async def slow(number: int) -> Product:
        fills.append(number)
        await asyncio.sleep(0.05)
        return PRODUCT

    if workload == "hits":
        count = 50_000 if redis == "-" else 3_000
        for _ in range(1000):
            await hit(7)
        began, spent = time.perf_counter(), time.process_time()
        for _ in range(count):
            await hit(7)
        took, spent = time.perf_counter() - began, time.process_time() - spent
        found = {"hits_per_second": count / took, "cpu_us": spent / count * 1e6}
    elif workload == "stampede":
        await cache.ping()
        await asyncio.sleep(max(0.0, at - time.time()))
        began = time.perf_counter()
        await asyncio.gather(*(slow(1) for _ in range(1000)))
        found = {"fills": len(fills), "seconds": time.perf_counter() - began}
    else:
        before = resident()
        for number in range(100_000):
            await cache.set(f"blob:{number}", number.to_bytes(8, "big") * 128, expire="1h")
        found = {"grown_mib": (resident() - before) / 2**20}
    await cache.close()
    print(json.dumps(found))


asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[5])))
