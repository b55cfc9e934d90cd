// ioredis through a proxy with the faults on Redis: redis_faults.mjs API_URL PORT
import assert from "node:assert/strict";
import { Redis } from "ioredis";

const [url, port] = process.argv.slice(2);
const ask = async (method, path, body) => {
  const answer = await fetch(url + path, { method, body: body && JSON.stringify(body) });
  assert.ok(answer.ok, await answer.clone().text());
};
const under = async (type, attributes, work) => {
  await ask("POST", "/proxies/redis/toxics", { name: type, type, attributes });
  await work();
  await ask("DELETE", `/proxies/redis/toxics/${type}`);
};
const connect = () => {
  const redis = new Redis({ port: Number(port), host: "127.0.0.1", maxRetriesPerRequest: 1 });
  redis.on("error", () => {});
  return redis;
};

const redis = connect();
await redis.set("n", "1");
await under("redis_error", { command: "GET,SET" }, async () => {
  await assert.rejects(redis.get("n"), { message: "LOADING Redis is loading the dataset in memory" });
  assert.equal(await redis.incr("n"), 2);
});
await under("redis_error", { kind: "readonly" }, async () => {
  await assert.rejects(redis.set("n", "5"), /^ReplyError: READONLY You can't write/);
  await assert.rejects(redis.multi().get("n").set("n", "5").exec(), /EXECABORT/);
  const [got, failed] = await redis.pipeline().get("n").set("n", "5").exec();
  assert.deepEqual(got, [null, "2"]);
  assert.match(failed[0].message, /^READONLY/);
});
await under("redis_nil", { key: "n" }, async () => {
  assert.equal(await redis.get("n"), null);
  assert.deepEqual(await redis.mget("n", "m"), [null, null]);
});
await under("redis_slow", { delay: 150, command: "GET" }, async () => {
  const start = performance.now();
  assert.equal(await redis.get("n"), "2");
  assert.ok(performance.now() - start >= 149);
});
await under("redis_disconnect", { command: "GET", nth: 1 }, async () => {
  assert.equal(await redis.get("n"), "2", "it connects again and asks again");
});
await under("redis_error", { kind: "busy", share: 0.5 }, async () => {
  const results = await Promise.allSettled(Array.from({ length: 200 }, () => redis.get("n")));
  const failed = results.filter((one) => one.status === "rejected").length;
  assert.ok(failed > 60 && failed < 140, `half of them fail: ${failed}`);
  assert.ok(results.every((one) => one.status === "rejected" || one.value === "2"));
});
redis.disconnect();
process.exit(0);
