// Node's http2, as a server and as a client through a proxy:
//   http2.mjs serve CERT KEY            prints {"clear": PORT, "secure": PORT}
//   http2.mjs ask PORT clear|secure API the proxy is called "web"
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import fs from "node:fs";
import http2 from "node:http2";

const room = { maxSessionMemory: 1000 };  // MB; bodies of 10 MB wait here.
const [what, ...args] = process.argv.slice(2);

if (what === "serve") {
  const serve = (stream, headers) => {
    stream.on("error", () => {});
    const url = headers[":path"];
    if (url === "/echo") {
      stream.respond({ ":status": 200, "x-seen": headers["x-token"] ?? "none" });
      stream.pipe(stream);
    } else if (url === "/trailers") {
      stream.respond({ ":status": 200 }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "x-sum": "42" }));
      stream.resume().end("body");
    } else if (url.endsWith("/chat/completions")) {
      stream.respond({ ":status": 200, "content-type": "text/event-stream" });
      stream.resume();
      for (let i = 0; i < 20; ++i) stream.write(`data: {"choices":[{"delta":{"content":"word ${i}"}}]}\n\n`);
      stream.end("data: [DONE]\n\n");
    } else {
      stream.respond({ ":status": 200, "content-type": "application/json" });
      stream.resume().end(JSON.stringify({ path: url, headers }));
    }
  };
  const clear = http2.createServer(room).on("stream", serve);
  const [cert, key] = args.map((file) => fs.readFileSync(file));
  const secure = http2.createSecureServer({ cert, key, ...room }).on("stream", serve);
  for (const server of [clear, secure]) {
    server.on("sessionError", () => {});
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  }
  console.log(JSON.stringify({ clear: clear.address().port, secure: secure.address().port }));
} else {
  const [port, kind, api] = args;
  const origin = `http${kind === "secure" ? "s" : ""}://localhost:${port}`;
  const connect = async () => {
    const session = http2.connect(origin, { rejectUnauthorized: false, ...room });
    session.on("error", (error) => (session.failed = error));
    session.on("goaway", (code, last) => (session.announced = { code, last }));
    await once(session, "connect");
    return session;
  };
  const control = async (method, path, body) => {
    const answer = await fetch(api + path, { method, body: body && JSON.stringify(body) });
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`);
    return answer.status === 204 ? null : answer.json();
  };
  const add = (type, attributes = {}) => control("POST", "/proxies/web/toxics", { type, name: "fault", attributes });
  const remove = () => control("DELETE", "/proxies/web/toxics/fault");
  const ask = (session, path, body, headers = {}) =>
    new Promise((done, failed) => {
      const method = body === undefined ? "GET" : "POST";
      const stream = session.request({ ":method": method, ":path": path, ...headers }, { endStream: body === undefined });
      const parts = [];
      let head, trailers;
      stream.on("response", (got) => (head = got)).on("trailers", (got) => (trailers = got));
      stream.on("data", (part) => parts.push(part));
      stream.on("end", () => !stream.rstCode && done({ status: head?.[":status"], head, trailers, body: Buffer.concat(parts) }));
      stream.on("error", (error) => failed(Object.assign(error, { head, got: Buffer.concat(parts) })));
      stream.on("close", () => failed(Object.assign(new Error(`closed: ${stream.rstCode}`), { head, got: Buffer.concat(parts) })));
      if (body !== undefined) stream.end(body);
    });
  const failure = async (promise) => {
    try {
      const got = await promise;
      return assert.fail(`nothing failed: ${got.status}`);
    } catch (error) {
      return error;
    }
  };
  const big = randomBytes(10 << 20);

  // A connection that is open when the fault comes, and goes on when it goes; 10 MB each way meanwhile.
  const session = await connect();
  assert.equal((await ask(session, "/a", undefined, { "x-token": "first" })).status, 200);
  for (const [type, attributes] of [["http_status", { status: 418, path: "/tea" }], ["http_delay", { head: 5 }], ["model_error", {}],
                                    ["http_malformed", { path: "/tea" }]]) {
    await add(type, attributes);
    const answers = await Promise.all([ask(session, "/echo", big, { "x-token": "again" }), ask(session, "/tea"), ask(session, "/echo", "small")]);
    assert.ok(answers[0].body.equals(big), `${type}: 10 MB come back`);
    assert.equal(answers[0].head["x-seen"], "again");
    assert.equal(answers[1].status, type === "http_status" ? 418 : 200);
    assert.equal(answers[2].body.toString(), "small");
    await remove();
    const after = await ask(session, "/tea", undefined, { "x-token": "again" });
    assert.equal(JSON.parse(after.body).headers["x-token"], "again");
    assert.equal((await ask(session, "/trailers", "x")).trailers["x-sum"], "42");
    assert.ok((await ask(session, "/echo", big)).body.equals(big), `${type}: 10 MB come back behind it`);
  }
  assert.equal(session.announced, undefined);

  // Taken out in the middle of what it does.
  await add("http_delay", { head: 60_000, path: "/slow" });
  const late = ask(session, "/slow");
  await ask(session, "/fast");
  await remove();
  assert.equal((await late).status, 200);

  // Many streams at once, each third one answered by the fault, each tenth late.
  await add("http_status", { status: 503, path: "/broken/*" });
  await control("POST", "/proxies/web/toxics", { type: "http_delay", name: "second", attributes: { head: 200, path: "/late/*" } });
  const start = performance.now();
  const order = [];
  await Promise.all(Array.from({ length: 60 }, async (_, i) => {
    const path = i % 3 === 0 ? "/broken/" : i % 10 === 1 ? "/late/" : "/good/";
    const answer = await ask(session, path + i, i % 2 ? "body".repeat(i) : undefined, { [`x-${i % 7}`]: `${i}` });
    assert.equal(answer.status, path === "/broken/" ? 503 : 200);
    order.push([path, performance.now() - start]);
  }));
  assert.ok(order.filter(([path]) => path === "/late/").every(([, ms]) => ms >= 195), "late ones are late");
  assert.ok(order.filter(([path]) => path === "/good/").every(([, ms]) => ms < 195), `others are not: ${Math.max(...order.filter(([path]) => path === "/good/").map(([, ms]) => ms))}`);
  await control("DELETE", "/proxies/web/toxics/second");
  await remove();

  // A body that the fault cuts: the stream ends alone.
  await add("http_truncate", { bytes: 1000, path: "/echo" });
  const error = await failure(ask(session, "/echo", big));
  assert.equal(error.got.length, 1000);
  assert.equal((await ask(session, "/a")).status, 200);
  await remove();
  await add("model_cut", { events: 4 });
  const chat = JSON.stringify({ model: "m", stream: true, messages: [] });
  const cut = await failure(ask(session, "/v1/chat/completions", chat));
  assert.equal(cut.got.toString().split("\n\n").length, 5);
  await remove();
  await add("model_stall", { events: 3 });
  const stalled = session.request({ ":method": "POST", ":path": "/v1/chat/completions" });
  let seen = "";
  stalled.on("data", (part) => (seen += part)).on("error", () => {});
  stalled.end(chat);
  await new Promise((done) => setTimeout(done, 300));
  assert.equal(seen.split("\n\n").length, 4);
  stalled.close(http2.constants.NGHTTP2_CANCEL);
  assert.equal((await ask(session, "/a")).status, 200);
  await remove();
  assert.ok((await ask(session, "/echo", big)).body.equals(big), "and the connection carries on");

  // GOAWAY: what is under way comes to its end, and then the connection.
  await control("POST", "/proxies/web/toxics", { type: "http_delay", name: "second", attributes: { head: 300, path: "/late" } });
  await add("http_goaway", { path: "/last" });
  const underWay = ask(session, "/late");
  const last = ask(session, "/last");
  assert.deepEqual([(await underWay).status, (await last).status], [200, 200]);
  if (!session.destroyed) await once(session, "close");
  assert.equal(session.announced.code, 0);
  await remove();
  await add("http_goaway", { error: "enhance_your_calm", request: "refused" });
  const refused = await connect();
  await failure(ask(refused, "/a"));
  assert.equal(refused.announced.code, http2.constants.NGHTTP2_ENHANCE_YOUR_CALM);
  await remove();
  await add("http_close");
  const closing = await connect();
  assert.equal((await ask(closing, "/a")).status, 200);
  if (!closing.destroyed) await once(closing, "close");
  await remove();
  await control("DELETE", "/proxies/web/toxics/second");
  console.log(kind, "all is well");
}
