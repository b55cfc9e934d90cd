// undici, eight requests on their way in one connection, while faults come and go: pipelines.mjs API_URL
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { Client } from "undici";

const [url] = process.argv.slice(2);
const ask = async (method, path, body) => {
  const answer = await fetch(url + path, { method, body: body && JSON.stringify(body) });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
  return answer.status === 204 ? undefined : answer.json();
};

// Says what it was asked, in one piece or in several, after nothing or a little.
let sockets = 0;
const server = createServer(async (request, response) => {
  const number = Number(request.url.slice(1));
  let body = "";
  for await (const piece of request) body += piece;
  if (number % 7 === 0) await pause(5);
  const text = JSON.stringify({ number, body });
  if (number % 3) response.setHeader("Content-Length", text.length);
  response.setHeader("Content-Type", "application/json");
  response.write(text.slice(0, 5));
  response.end(text.slice(5));
});
server.on("connection", () => ++sockets);
server.listen(0, "127.0.0.1");
await new Promise((resolve) => server.on("listening", resolve));

const proxy = await ask("POST", "/proxies",
  { name: "web", listen: "127.0.0.1:0", upstream: `127.0.0.1:${server.address().port}` });
const client = new Client(`http://${proxy.listen}`, { pipelining: 8 });

const counts = { served: 0, failed: 0, most: 0 };
let number = 0, pending = 0, over = false;
const one = async () => {
  const mine = ++number;
  const method = mine % 5 === 0 ? "HEAD" : mine % 4 === 0 ? "PUT" : "GET";
  counts.most = Math.max(counts.most, ++pending);
  const answer = await client.request({ method, reset: false, path: `/${mine}`, body: method === "PUT" ? `put ${mine}` : undefined });
  const text = await answer.body.text();
  --pending;
  if (answer.statusCode === 418) return ++counts.failed;
  assert.equal(answer.statusCode, 200);
  ++counts.served;
  if (method === "HEAD") return assert.equal(text, "");
  assert.deepEqual(JSON.parse(text), { number: mine, body: method === "PUT" ? `put ${mine}` : "" });
};
const worker = async () => {
  while (!over) await one();
};
const workers = Array.from({ length: 8 }, worker);
await pause(100);
const faults = [
  ["http_status", { status: 418, share: 0.5 }],
  ["http_status", { status: 418, method: "HEAD" }],
  ["http_delay", { head: 3, between: 2 }],
  ["http_status", { status: 418, nth: 3, delay: 10 }],
  ["model_error", { status: 418 }],
];
let acted = 0;
for (let turn = 0; acted < 300 || counts.failed < 100 || counts.served < 1000; ++turn) {
  const [type, attributes] = faults[turn % faults.length];
  await ask("POST", "/proxies/web/toxics", { name: "it", type, attributes });
  await pause(turn % 25);
  acted += (await ask("GET", "/proxies/web/toxics/it/effect")).acted;
  await ask("DELETE", "/proxies/web/toxics/it");
  await pause(5);
}
over = true;
await Promise.all(workers);
console.log(JSON.stringify({ ...counts, acted, sockets }));
assert.equal(counts.most, 8);
assert.equal(sockets, 1, "one connection lived through it all");

// A connection whose first answer was a fault's own is still known for what it is.
const other = new Client(`http://${proxy.listen}`);
for (const status of [418, 419]) {
  await ask("POST", "/proxies/web/toxics", { name: "it", type: "http_status", attributes: { status } });
  const answer = await other.request({ method: "GET", path: "/1" });
  await answer.body.text();
  assert.equal(answer.statusCode, status);
  await ask("DELETE", "/proxies/web/toxics/it");
}
assert.equal(sockets, 2);
console.log("undici is content");
process.exit(0);
