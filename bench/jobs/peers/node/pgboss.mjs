// pg-boss on PostgreSQL.
import { PgBoss } from "pg-boss";
import * as oracle from "./oracle.mjs";

async function started(options = {}) {
  const boss = new PgBoss({ connectionString: oracle.url, max: oracle.POOL, ...options });
  boss.on("error", () => {});
  await boss.start();
  return boss;
}

oracle.main({
  async setup() {
    const boss = await started();
    await boss.createQueue("bench", { retryLimit: 5, expireInSeconds: 60, heartbeatSeconds: 10 });
    await boss.stop({ graceful: false });
  },
  async produce() {
    const boss = await started({ supervise: false, schedule: false });
    await oracle.produce(
      (data) => boss.send("bench", data),
      (jobs) => boss.insert("bench", jobs.map((data) => ({ data }))),
    );
    await boss.stop({ graceful: false });
  },
  async work() {
    const boss = await started({ monitorIntervalSeconds: 5, superviseIntervalSeconds: 5 });
    // One fetch of a batch each half a second is all it does by default; a batch as large as the others' concurrency,
    // and its burst mode, are what its documentation offers for throughput.
    const options = { batchSize: oracle.concurrency, pollingIntervalSeconds: 0.5, burstWhenBatchFull: true, localConcurrency: 2 };
    await boss.work("bench", options, async (jobs) => {
      await Promise.all(jobs.map((job) => oracle.run(job.data)));
    });
  },
});
