"""Oban for Python (open source) on PostgreSQL; needs Python 3.12."""

import asyncio

import oracle
from oban import Oban, worker
from oban.schema import install


@worker(queue="bench", max_attempts=5)
class Work:
    async def process(self, job):
        await oracle.run(job.args["n"], job.args["t"])


async def setup():
    pool = await Oban.create_pool(oracle.URL)
    await install(pool)
    await pool.close()


async def produce():
    pool = await Oban.create_pool(oracle.URL, max_size=oracle.POOL)
    oban = Oban(pool=pool)

    async def one(arguments):
        await oban.enqueue(Work.new(arguments))

    async def many(batch):
        await oban.enqueue_many([Work.new(arguments) for arguments in batch])

    async with oban:
        await oracle.produce(one, many)
    await pool.close()


async def work():
    pool = await Oban.create_pool(oracle.URL, max_size=oracle.POOL)
    async with Oban(pool=pool, queues={"bench": oracle.CONCURRENCY}, lifeline={"interval": 5.0}):
        await asyncio.Event().wait()


oracle.main(setup=setup, produce=produce, work=work)
