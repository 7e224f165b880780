"""The benchmark in both its forms: counting in the server's memory, and in a Redis."""

from __future__ import annotations

from bench.harness.model import Benchmark, Definition, Site
from bench.ratelimit.http import contenders

_SUMMARY = """\
A route that answers a few bytes, with a limit by the caller's address, as a proxy tells it: the whole way
through each server. All admit the same number and refuse the next with 429. @fastify/rate-limit counts
fixed windows and so does @nestjs/throttler on Redis; in memory it keeps the time of every request. Ours is
a token bucket. `python -m bench.ratelimit.http.crowd` says how exact each is."""
_REDIS = """\
 The Redis is this machine's, on whichever core is free, and its own CPU is not in the figures."""


def in_memory(site: Site) -> Benchmark:
    """Each server counts by itself."""
    return _benchmark(site, "ratelimit", "Limits over HTTP, in memory", "memory", _SUMMARY)


def on_redis(site: Site) -> Benchmark:
    """Every request asks Redis."""
    return _benchmark(site, "ratelimit-redis", "Limits over HTTP, on Redis", "redis", _SUMMARY + _REDIS)


def _benchmark(site: Site, name: str, title: str, store: str, summary: str) -> Benchmark:
    taking_part = [
        make(site.work, store) for make in (contenders.ours, contenders.nestjs, contenders.fastify)
    ]
    ours, *peers = (one.name for one in taking_part)
    return Benchmark(
        definition=Definition(
            name=name,
            title=title,
            summary=summary,
            workloads=contenders.WORKLOADS,
            contenders={one.name: one.title for one in taking_part},
            ours=ours,
            aims=dict.fromkeys(peers, 1.0),
        ),
        contenders=taking_part,
    )
