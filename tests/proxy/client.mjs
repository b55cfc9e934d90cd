// toxiproxy-node-client and ioredis through a proxy: client.mjs API_URL REDIS_PORT
import assert from "node:assert/strict";
import { Redis } from "ioredis";
import { Toxiproxy } from "toxiproxy-node-client";

const [url, redisPort] = process.argv.slice(2);
const toxiproxy = new Toxiproxy(url);
assert.match(JSON.stringify(await toxiproxy.getVersion()), /2\.\d+/);

const proxy = await toxiproxy.createProxy({ name: "redis", listen: "127.0.0.1:0", upstream: `127.0.0.1:${redisPort}` });
assert.match(proxy.listen, /^127\.0\.0\.1:[1-9]\d*$/);
const port = Number(proxy.listen.split(":")[1]);
const connect = (more = {}) => {
  const redis = new Redis({ port, host: "127.0.0.1", maxRetriesPerRequest: 0, retryStrategy: () => null, ...more });
  redis.on("error", () => {});
  return redis;
};
const redis = connect();
assert.equal(await redis.set("key", "value"), "OK");

const timed = async (work) => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};
const latency = await proxy.addToxic({ type: "latency", name: "late", stream: "downstream", toxicity: 1, attributes: { latency: 200, jitter: 0 } });
assert.equal(latency.name, "late");
assert.ok((await timed(() => redis.get("key"))) >= 195, "an open connection is late at once");
const slower = await latency.update({ ...latency.toJson(), attributes: { latency: 400, jitter: 0 } });
assert.equal(slower.attributes.latency, 400);
assert.ok((await timed(() => redis.get("key"))) >= 395, "and later after an update");
assert.equal((await proxy.getToxic("late")).attributes.latency, 400);
await latency.remove();
assert.equal(await redis.get("key"), "value");

await assert.rejects(toxiproxy.createProxy({ name: "redis", listen: "127.0.0.1:0", upstream: "x:1" }));
await assert.rejects(toxiproxy.get("none"));

await proxy.addToxic({ type: "reset_peer", name: "reset", stream: "downstream", toxicity: 1, attributes: { timeout: 0 } });
await assert.rejects(redis.get("key"), "the open connection is reset");
assert.equal((await proxy.getToxic("reset")).type, "reset_peer");
await toxiproxy.reset();
const again = connect();
assert.equal(await again.get("key"), "value");
again.disconnect();

await toxiproxy.populate([{ name: "second", listen: "127.0.0.1:0", upstream: `127.0.0.1:${redisPort}`, enabled: true }]);
assert.deepEqual(Object.keys(await toxiproxy.getAll()).sort(), ["redis", "second"]);
const down = await proxy.update({ enabled: false, listen: proxy.listen, upstream: proxy.upstream });
assert.equal(down.enabled, false);
await assert.rejects(connect({ enableOfflineQueue: true }).get("key"), "nobody listens");
await proxy.remove();
await assert.rejects(toxiproxy.get("redis"));
console.log("the client works");
process.exit(0);
