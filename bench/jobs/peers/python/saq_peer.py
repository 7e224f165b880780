"""SAQ on Redis."""

import oracle
from saq import Job, Queue, Worker

queue = Queue.from_url(oracle.URL, name="bench")
# By default a job has one attempt and no heartbeat, and a killed worker's job is aborted: these are its own
# settings for jobs that are to survive.
OPTIONS = {"retries": 5, "timeout": 60, "heartbeat": 10}


async def job(_context, *, n, t):
    await oracle.run(n, t)


async def setup():
    await queue.connect()


async def produce():
    await queue.connect()

    async def one(arguments):
        await queue.enqueue(Job("job", kwargs=arguments, **OPTIONS))

    async def many(batch):
        # It has no bulk enqueue that does not wait for the results.
        for arguments in batch:
            await one(arguments)

    await oracle.produce(one, many)
    await queue.disconnect()


async def work():
    worker = Worker(queue, functions=[("job", job)], concurrency=oracle.CONCURRENCY, timers={"sweep": 5})
    await worker.start()


oracle.main(setup=setup, produce=produce, work=work)
