// What every Node peer shares; see ../python/oracle.py.
import { openSync, writeSync } from "node:fs";

const { env } = process;
export const url = env.BENCH_URL;
export const count = Number(env.BENCH_COUNT ?? 0);
export const batch = Number(env.BENCH_BATCH ?? 1);
export const first = Number(env.BENCH_FIRST ?? 0);
export const rate = Number(env.BENCH_RATE ?? 0);
const warm = Number(env.BENCH_WARM ?? 0);
export const concurrency = Number(env.BENCH_CONCURRENCY ?? 32);
export const POOL = 8;
const file = openSync(env.BENCH_ORACLE, "a");

const now = () => (performance.timeOrigin + performance.now()) / 1000;

function ran({ n, t }) {
  const record = Buffer.alloc(16);
  record.writeBigUInt64LE(BigInt(n), 0);
  record.writeDoubleLE(t ? now() - t : 0, 8);
  writeSync(file, record);
}

const busy = Number(env.BENCH_SLEEP ?? 0);
const sleep = (seconds) => new Promise((wake) => setTimeout(wake, seconds * 1000));

export async function run(job) {
  ran(job);
  if (busy) await sleep(busy);
}

async function enqueue(one, many, begin, end) {
  if (batch === 1) {
    for (let number = begin; number < end; number += 1) await one({ n: first + number, t: 0 });
  } else {
    for (let at = begin; at < end; at += batch) {
      const size = Math.min(batch, end - at);
      await many(Array.from({ length: size }, (_, index) => ({ n: first + at + index, t: 0 })));
    }
  }
}

export async function produce(one, many) {
  if (!rate) await enqueue(one, many, 0, warm);
  const before = process.cpuUsage();
  const began = performance.now();
  if (rate) {
    const start = now() + 0.1;
    for (let number = 0; number < count; number += 1) {
      const intended = start + number / rate;
      const left = intended - now();
      if (left > 0.001) await sleep(left);
      await one({ n: first + number, t: number < warm ? 0 : intended });
    }
  } else {
    await enqueue(one, many, warm, count);
  }
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - began) / 1000;
  console.log(JSON.stringify({ seconds, cpu: (user + system) / 1e6 }));
}

export async function main(actions) {
  await actions[process.argv[2]]();
  if (process.argv[2] !== "work") process.exit(0);
}
