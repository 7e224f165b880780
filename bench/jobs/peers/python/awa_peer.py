"""Awa on PostgreSQL: Rust core, Python handler."""

import asyncio
from dataclasses import dataclass

import oracle
from awa import AsyncClient


@dataclass
class Work:
    n: int
    t: float


def _client():
    return AsyncClient(oracle.URL, max_connections=oracle.POOL)


async def setup():
    client = _client()
    await client.migrate()
    # Its newer and faster storage; workers choose it by themselves only after a transition.
    await client.install_queue_storage(schema="awa")
    await client.close()


async def produce():
    client = _client()

    async def one(arguments):
        await client.insert(Work(**arguments), queue="bench")

    async def many(batch):
        await client.enqueue_many_copy([Work(**arguments) for arguments in batch], queue="bench")

    await oracle.produce(one, many)
    await client.close()


async def work():
    client = _client()

    @client.task(Work, queue="bench")
    async def run(job):
        await oracle.run(job.args.n, job.args.t)

    await client.start(
        [("bench", oracle.CONCURRENCY)],
        heartbeat_interval_ms=2000,
        heartbeat_staleness_ms=10_000,
        heartbeat_rescue_interval_ms=5000,
    )
    await asyncio.Event().wait()


oracle.main(setup=setup, produce=produce, work=work)
