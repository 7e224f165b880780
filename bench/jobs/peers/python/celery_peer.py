"""Celery on Redis, with the settings that its guide asks for where no task may be lost."""

import os
import sys
import time

import oracle
from celery import Celery

app = Celery("celery_peer", broker=oracle.URL)
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=4,
    broker_transport_options={"visibility_timeout": 10},
    broker_connection_retry_on_startup=True,
    task_default_queue="bench",
)


@app.task(name="job")
def job(n, t):
    oracle.ran(n, t)
    if oracle.SLEEP:
        time.sleep(oracle.SLEEP)


async def setup():
    pass


async def produce():
    async def one(arguments):
        job.apply_async(kwargs=arguments)

    async def many(batch):
        # It has no bulk publish.
        for arguments in batch:
            job.apply_async(kwargs=arguments)

    await oracle.produce(one, many)


if __name__ == "__main__":
    if sys.argv[1] == "work":
        # Threads: its processes would fork once a slot, and the handlers here are no-ops.
        command = [
            "worker",
            "--pool",
            "threads",
            "--concurrency",
            str(oracle.CONCURRENCY),
            "--loglevel",
            "ERROR",
        ]
        os.execv(sys.executable, [sys.executable, "-m", "celery", "-A", "celery_peer", *command])
    oracle.main(setup=setup, produce=produce)
