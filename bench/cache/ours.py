"""One workload of the value cache: `python -m bench.cache.ours <workload> <redis url or -> <prefix>`.

Prints one JSON object. What is kept is a struct of five fields; a hit is the whole way through
`get_or_fill`, with its check of the invalidations.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from msgspec import Struct

from backstay.kernel import migrations
from backstay.kernel.actor import SYSTEM
from backstay.kernel.backend import Backend, start
from backstay.kernel.settings import load
from backstay.systems.audit.module import module as audit
from backstay.systems.cache import Cache, Kind, Sharing
from backstay.systems.cache.module import module as cache
from backstay.systems.idempotency.module import module as idempotency

MODULES = [idempotency, audit, cache]


class Product(Struct, frozen=True):
    """What is kept."""

    id: int
    name: str
    price: int
    tags: list[str]
    words: str


PRODUCT = Product(7, "Lamp", 4900, ["light", "home"], "So long, and no longer. " * 4)
PRODUCTS = Kind("bench.product", Product, Sharing.ORGANIZATION, ttl=3600, early=0)
BLOBS = Kind("bench.blob", bytes, Sharing.ORGANIZATION, ttl=3600, early=0)


async def hits(backend: Backend, count: int) -> dict[str, Any]:
    """So many hits, one after the other."""
    kept, reader = backend.part(Cache), backend.reader(SYSTEM)

    async def fill() -> Product:
        return PRODUCT

    async def ask() -> Product:
        return await kept.get_or_fill(PRODUCTS.key(reader, 7), fill, tags=("products",))

    return await timed(ask, count)


async def timed(ask: Callable[[], Awaitable[Any]], count: int) -> dict[str, Any]:
    """Hits a second, and the CPU of one."""
    for _ in range(1000):
        await ask()
    began, spent = time.perf_counter(), time.process_time()
    for _ in range(count):
        await ask()
    took, spent = time.perf_counter() - began, time.process_time() - spent
    return {"hits_per_second": count / took, "cpu_us": spent / count * 1e6}


async def stampede(backend: Backend, at: float) -> dict[str, Any]:
    """A thousand misses at the same moment; computing takes 50 ms."""
    kept, reader, fills = backend.part(Cache), backend.reader(SYSTEM), 0

    async def fill() -> Product:
        nonlocal fills
        fills += 1
        await asyncio.sleep(0.05)
        return PRODUCT

    await asyncio.sleep(max(0.0, at - time.time()))
    began = time.perf_counter()
    await asyncio.gather(*(kept.get_or_fill(PRODUCTS.key(reader, "new"), fill) for _ in range(1000)))
    return {"fills": fills, "seconds": time.perf_counter() - began}


async def memory(backend: Backend) -> dict[str, Any]:
    """Many more values than there is room for: 16 MiB."""
    kept, reader = backend.part(Cache), backend.reader(SYSTEM)
    before = _resident()
    for number in range(100_000):

        async def fill(number: int = number) -> bytes:
            return number.to_bytes(8, "big") * 128

        # Alone: what is measured is the store, not the leases of 100,000 computations.
        key = BLOBS.key(reader, number)
        entry = await kept._compute(key, fill, None, _flight(backend))  # noqa: SLF001 - see above
        del entry
    numbers = await kept.store.numbers()
    return {"grown_mib": (_resident() - before) / 2**20, "says_mib": (numbers.bytes or 0) / 2**20}


def _flight(backend: Backend) -> Any:
    from backstay.systems.cache.service import Tail
    from backstay.systems.cache.service.flights import Flight
    from backstay.systems.cache.service.tail import tag_of

    flight, tail = Flight(), backend.part(Tail)
    flight.base, flight.stamps = tail.stamps((tag_of(SYSTEM.organization_id.hex, "bench"),))
    return flight


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize()


async def main(workload: str, redis: str, prefix: str, database: str, at: float) -> None:
    """Run it."""
    url = "" if redis == "-" else f"{redis}?prefix={prefix}"
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        settings = load(
            MODULES,
            {
                "DATABASE_URL": database if database != "-" else f"sqlite:///{folder}/bench.db",
                "CACHE_URL": url,
                "BACKSTAY_CACHE_MEMORY": "16MiB",
                "BACKSTAY_APP_DATA_DIR": folder,
            },
            None,
        )
        if database == "-":
            await migrations.up(settings.database.url, MODULES)
        async with start(settings, MODULES) as backend:
            await backend.part(Cache).get_or_fill(PRODUCTS.key(backend.reader(SYSTEM), "warm"), _warm)
            if workload == "hits":
                found = await hits(backend, 50_000 if redis == "-" else 3_000)
            elif workload == "stampede":
                found = await stampede(backend, at)
            else:
                found = await memory(backend)
    print(json.dumps(found))


async def _warm() -> Product:
    return PRODUCT


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], float(sys.argv[5])))
