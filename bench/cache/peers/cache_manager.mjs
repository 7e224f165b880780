// Nest's cache manager is npm's cache-manager: `cache_manager.mjs <workload> <redis url or -> <prefix> - <at>`.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(process.cwd() + "/");
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const { createCache } = await load("cache-manager");
const { Keyv } = await load("keyv");
const { CacheableMemory } = await load("cacheable");
const [workload, redis, prefix, , at] = process.argv.slice(2);
const PRODUCT = { id: 7, name: "Lamp", price: 4900, tags: ["light", "home"], words: "So long, and no longer. ".repeat(4) };
let store;
if (redis === "-") store = new Keyv({ store: new CacheableMemory({ lruSize: 16384 }) });
else {
  const found = await load("@keyv/redis");
  const KeyvRedis = found.default.default ?? found.default; // wrapped twice where Node loads its CommonJS form
  store = new Keyv({ store: new KeyvRedis(redis), namespace: prefix });
}
const cache = createCache({ stores: [store], ttl: 3_600_000 });
const cpu = () => { const u = process.cpuUsage(); return u.user + u.system; };
let found, fills = 0;
if (workload === "hits") {
  const count = redis === "-" ? 50_000 : 3_000;
  const ask = () => cache.wrap("product:7", async () => PRODUCT);
  for (let n = 0; n < 1000; n++) await ask();
  const began = performance.now(), spent = cpu();
  for (let n = 0; n < count; n++) await ask();
  const took = (performance.now() - began) / 1000;
  found = { hits_per_second: count / took, cpu_us: (cpu() - spent) / count };
} else if (workload === "stampede") {
  await cache.get("warm");
  await new Promise((done) => setTimeout(done, Math.max(0, at * 1000 - Date.now())));
  const began = performance.now();
  const slow = async () => { fills++; await new Promise((done) => setTimeout(done, 50)); return PRODUCT; };
  await Promise.all(Array.from({ length: 1000 }, () => cache.wrap("new:1", slow)));
  found = { fills, seconds: (performance.now() - began) / 1000 };
} else {
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  for (let n = 0; n < 100_000; n++) await cache.set(`blob:${n}`, String(n).padEnd(1024, "x"));
  globalThis.gc?.();
  found = { grown_mib: (process.memoryUsage().rss - before) / 2 ** 20 };
}
console.log(JSON.stringify(found));
process.exit(0);
