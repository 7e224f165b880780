// Graphile Worker on PostgreSQL, with the prefetch and batched completion of its own benchmark.
import { makeWorkerUtils, run, runMigrations } from "graphile-worker";
import * as oracle from "./oracle.mjs";

const quiet = { info() {}, debug() {}, warn() {}, error: console.error };
const { Logger } = await import("graphile-worker");
const logger = new Logger(() => (level, message) => (level === "error" ? quiet.error(message) : undefined));

oracle.main({
  async setup() {
    await runMigrations({ connectionString: oracle.url, logger });
  },
  async produce() {
    const utils = await makeWorkerUtils({ connectionString: oracle.url, maxPoolSize: oracle.POOL, logger });
    await oracle.produce(
      (payload) => utils.addJob("job", payload),
      (jobs) => utils.addJobs(jobs.map((payload) => ({ identifier: "job", payload }))),
    );
    await utils.release();
  },
  async work() {
    await run({
      connectionString: oracle.url,
      maxPoolSize: oracle.POOL,
      concurrency: oracle.concurrency,
      noHandleSignals: true,
      taskList: { job: async (payload) => oracle.run(payload) },
      logger,
      preset: {
        worker: { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 },
      },
    });
  },
});
