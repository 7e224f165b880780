"""streaQ on Redis."""

import logging

import oracle
from streaq import Worker

logging.disable(logging.INFO)
worker = Worker(redis_url=oracle.URL, concurrency=oracle.CONCURRENCY, idle_timeout=10)


@worker.task(silent=True, max_tries=5, ttl=None)
async def job(n: int, t: float) -> None:
    await oracle.run(n, t)


async def setup():
    async with worker:
        pass


async def produce():
    async with worker:

        async def one(arguments):
            await job.enqueue(arguments["n"], arguments["t"])

        async def many(batch):
            await worker.enqueue_many([job.enqueue(each["n"], each["t"]) for each in batch])

        await oracle.produce(one, many)


async def work():
    await worker.run_async()


oracle.main(setup=setup, produce=produce, work=work)
