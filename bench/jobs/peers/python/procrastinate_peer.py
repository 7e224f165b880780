"""procrastinate on PostgreSQL."""

import oracle
import procrastinate

app = procrastinate.App(
    connector=procrastinate.PsycopgConnector(conninfo=oracle.URL, min_size=1, max_size=oracle.POOL)
)


@app.task(queue="bench", name="job")
async def job(n, t):
    await oracle.run(n, t)


@app.periodic(cron="*/1 * * * * *")
@app.task(queueing_lock="rescue", queue="bench", pass_context=True)
async def rescue(context, timestamp):  # noqa: ARG001 - its periodic tasks are given the tick
    """Its guide's own remedy for jobs of killed workers, which it does not take up by itself."""
    for stalled in await context.app.job_manager.get_stalled_jobs(seconds_since_heartbeat=10):
        await context.app.job_manager.retry_job(stalled)


async def setup():
    async with app.open_async():
        await app.schema_manager.apply_schema_async()


async def produce():
    async with app.open_async():

        async def one(arguments):
            await job.defer_async(**arguments)

        async def many(batch):
            await job.batch_defer_async(*batch)

        await oracle.produce(one, many)


async def work():
    async with app.open_async():
        await app.run_worker_async(
            queues=["bench"],
            concurrency=oracle.CONCURRENCY,
            delete_jobs="never",
            update_heartbeat_interval=2,
            stalled_worker_timeout=10,
        )


oracle.main(setup=setup, produce=produce, work=work)
