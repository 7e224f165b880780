"""PgQueuer on PostgreSQL through asyncpg."""

import json
from datetime import timedelta

import asyncpg
import oracle
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries


async def setup():
    connection = await asyncpg.connect(oracle.URL)
    await Queries(AsyncpgDriver(connection)).install()
    await connection.close()


async def produce():
    connection = await asyncpg.connect(oracle.URL)
    queries = Queries(AsyncpgDriver(connection))

    async def one(arguments):
        await queries.enqueue("job", json.dumps(arguments).encode())

    async def many(batch):
        payloads = [json.dumps(arguments).encode() for arguments in batch]
        await queries.enqueue(["job"] * len(batch), payloads, [0] * len(batch))

    await oracle.produce(one, many)
    await connection.close()


async def work():
    connection = await asyncpg.connect(oracle.URL)
    pgq = PgQueuer(AsyncpgDriver(connection))

    @pgq.entrypoint("job")
    async def run(job):
        arguments = json.loads(job.payload)
        await oracle.run(arguments["n"], arguments["t"])

    # Its own benchmark's batch; a worker's share may not be smaller than twice the batch.
    await pgq.run(
        batch_size=oracle.CONCURRENCY,
        max_concurrent_tasks=2 * oracle.CONCURRENCY,
        dequeue_timeout=timedelta(seconds=1),
        heartbeat_timeout=timedelta(seconds=10),
    )


oracle.main(setup=setup, produce=produce, work=work)
