// pg-boss's publish and subscribe on PostgreSQL: one queue subscribed to one event.
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
    await boss.subscribe("happened", "bench");
    await boss.stop({ graceful: false });
  },
  async produce() {
    const boss = await started({ supervise: false, schedule: false });
    // It publishes one by one only; a thousand at once are as many promises.
    await oracle.produce(
      (data) => boss.publish("happened", data),
      (events) => Promise.all(events.map((data) => boss.publish("happened", data))),
    );
    await boss.stop({ graceful: false });
  },
  async work() {
    const boss = await started({ monitorIntervalSeconds: 5, superviseIntervalSeconds: 5 });
    const options = { batchSize: oracle.concurrency, pollingIntervalSeconds: 0.5, burstWhenBatchFull: true, localConcurrency: 2 };
    await boss.work("bench", options, async (jobs) => {
      await Promise.all(jobs.map((job) => oracle.run(job.data)));
    });
  },
});
