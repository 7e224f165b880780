"""Rounds of a workload and races, as they are written down."""

from __future__ import annotations

import asyncio
import resource
import time
from typing import Final

from msgspec import Struct

from bench.commerce import workloads
from bench.commerce.model import Shop, Site
from bench.harness import procfs
from bench.harness.servers import Running

LIMITED: Final = 5
"""Times that the raced coupon may be used."""
UNITS: Final = 10
"""Units that are raced for."""
RACERS: Final = {"stock": 50, "coupon": 100}


class Round(Struct, frozen=True, kw_only=True):
    """What one shop did in one round of one workload."""

    shop: str
    workload: str
    number: int
    steps: int
    requests: int
    seconds: float
    p50: float
    """Milliseconds, as the two below."""
    p95: float
    p99: float
    server_cpu: float
    """CPU seconds of the server's process tree."""
    postgres_cpu: float
    calls: int
    """Statements that PostgreSQL ran for this database, BEGIN and COMMIT included."""
    resident: int
    foreign_cpu: float
    """Share of one core that went to anything but the benchmark."""
    faults: dict[str, int]


class Raced(Struct, frozen=True, kw_only=True):
    """What came of one race."""

    shop: str
    kind: str
    """`stock` or `coupon`."""
    number: int
    racers: int
    allowed: int
    """Units, or uses, that there were."""
    taken: int
    """Paid orders; of a coupon, those with its discount."""
    refused: dict[str, int]
    faults: dict[str, int]
    wrong_sums: int
    """Orders that come to something else than their lines and shipping, or to parts of a cent."""
    seconds: float

    @property
    def over(self) -> int:
        """How many too many."""
        return max(0, self.taken - self.allowed)


class _Counters:
    """What a round is the difference of."""

    def __init__(self, site: Site, shop: Shop, server: Running) -> None:
        own = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        harness = sum(usage.ru_utime + usage.ru_stime for usage in own)
        self.at = time.monotonic()
        self.server = procfs.cpu_seconds(server.pid)
        self.postgres = procfs.cpu_seconds(site.postgres.pid)
        self.foreign = procfs.machine_time().work - self.server - self.postgres - harness
        self.calls = int(
            site.postgres.sql(
                "postgres",
                "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements s"
                f" JOIN pg_database d ON d.oid = s.dbid WHERE d.datname = '{shop.name}'",
            )
        )


def round_(
    site: Site, shop: Shop, server: Running, workload: str, number: int, *, clients: int, seconds: float
) -> Round:
    """One round; number 0 is the warm-up."""
    shoppers = [shop.shopper(server.endpoint) for _ in range(clients)]
    before = _Counters(site, shop, server)
    step = workloads.STEPS[workload]
    seen = asyncio.run(workloads.load(shoppers, step, site.products, seconds=seconds, seed=number))
    after = _Counters(site, shop, server)
    ordered = sorted(seen.latencies)
    return Round(
        shop=shop.name,
        workload=workload,
        number=number,
        steps=len(ordered),
        requests=seen.requests,
        seconds=seen.seconds,
        p50=percentile(ordered, 0.50),
        p95=percentile(ordered, 0.95),
        p99=percentile(ordered, 0.99),
        server_cpu=after.server - before.server,
        postgres_cpu=after.postgres - before.postgres,
        calls=after.calls - before.calls,
        resident=procfs.resident_bytes(server.pid),
        foreign_cpu=max(0.0, (after.foreign - before.foreign) / (after.at - before.at)),
        faults=dict(seen.faults),
    )


def percentile(ordered: list[float], share: float) -> float:
    """The least latency that so many were not above, in milliseconds; nearest rank."""
    if not ordered:
        return 0.0
    rank = max(1, -(-int(share * 10_000) * len(ordered) // 10_000))
    return ordered[rank - 1] * 1000


def raced(shop: Shop, server: Running, kind: str, number: int) -> Raced:
    """One race: for ten units of something, or for a coupon that is good five times."""
    racers = RACERS[kind]
    goods = shop.scarce(server.endpoint, UNITS if kind == "stock" else racers)
    code = shop.coupon(server.endpoint, LIMITED) if kind == "coupon" else None
    shoppers = [shop.shopper(server.endpoint) for _ in range(racers)]
    came = asyncio.run(workloads.race(shoppers, goods, code))
    paid = [one for one in came.bought if one.paid]
    refused: dict[str, int] = {}
    for one in came.bought:
        if not one.paid:
            refused[one.refused] = refused.get(one.refused, 0) + 1
    return Raced(
        shop=shop.name,
        kind=kind,
        number=number,
        racers=racers,
        allowed=UNITS if kind == "stock" else LIMITED,
        taken=len([one for one in paid if kind == "stock" or one.discounted]),
        refused=refused,
        faults=dict(came.faults),
        wrong_sums=len([one for one in paid if not one.sound]),
        seconds=came.seconds,
    )
