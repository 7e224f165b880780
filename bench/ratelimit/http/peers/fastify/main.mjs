// Fastify with @fastify/rate-limit, as its README has it: a limit a route, by the caller's address.
import rateLimit from "@fastify/rate-limit";
import fastify from "fastify";
import { Redis } from "ioredis";

const { PORT, REDIS_URL, NAMESPACE, POLICIES } = process.env;
const app = fastify({ trustProxy: "127.0.0.1" });
const redis = REDIS_URL ? new Redis(REDIS_URL, { connectTimeout: 500, maxRetriesPerRequest: 1 }) : undefined;
await app.register(rateLimit, { global: false, redis, nameSpace: `${NAMESPACE}:` });
const answer = async () => ({ answer: "anybody" });
app.get("/v1/gate/open", answer);
for (const [name, [max, seconds]] of Object.entries(JSON.parse(POLICIES))) {
  const config = { rateLimit: { max, timeWindow: seconds * 1000, groupId: name } };
  app.get(`/v1/gate/${name}`, { config }, answer);
}
await app.listen({ port: Number(PORT), host: "127.0.0.1" });
