// BullMQ, on Redis or PostgreSQL as the URL says.
import { Queue, Worker, createPostgresBackend, runMigrations } from "bullmq";
import pg from "pg";
import * as oracle from "./oracle.mjs";

const postgres = oracle.url.startsWith("postgres");
const { hostname, port } = new URL(oracle.url);
const connection = postgres ? oracle.url : { host: hostname, port: Number(port), maxRetriesPerRequest: null };
const backend = postgres ? [createPostgresBackend] : [];
const options = { attempts: 5, removeOnComplete: false };

oracle.main({
  async setup() {
    if (postgres) {
      const client = new pg.Client(oracle.url);
      await client.connect();
      await runMigrations(client);
      await client.end();
    }
    const queue = new Queue("bench", { connection }, ...backend);
    await queue.waitUntilReady();
    await queue.getJobCounts();
    await queue.close();
  },
  async produce() {
    const queue = new Queue("bench", { connection }, ...backend);
    await queue.waitUntilReady();
    await oracle.produce(
      (data) => queue.add("job", data, options),
      (jobs) => queue.addBulk(jobs.map((data) => ({ name: "job", data, opts: options }))),
    );
    await queue.close();
  },
  async work() {
    const settings = { connection, concurrency: oracle.concurrency, lockDuration: 10_000, stalledInterval: 5000, maxStalledCount: 100 };
    const worker = new Worker("bench", async (job) => oracle.run(job.data), settings, ...backend);
    worker.on("error", () => {});
    await worker.waitUntilReady();
  },
});
