// Node's own resolver through a DNS forwarder whose toxics are named as the names that they act on.
// usage: node dns.mjs PORT
import assert from "node:assert";
import { Resolver } from "node:dns/promises";

const resolver = new Resolver({ timeout: 500, tries: 1 });
resolver.setServers([`127.0.0.1:${process.argv[2]}`]);
const fails = (name, code) => assert.rejects(resolver.resolve4(name), (error) => error.code === code || assert.fail(error));

assert.deepEqual(await resolver.resolve4("plain.test"), ["10.0.0.7"]);
assert.deepEqual(await resolver.resolve6("plain.test"), ["::7"]);
await fails("nxdomain.test", "ENOTFOUND");
await fails("servfail.test", "ESERVFAIL");
await fails("timeout.test", "ETIMEOUT");
const start = performance.now();
assert.deepEqual(await resolver.resolve4("slow.test"), ["10.0.0.7"]);
const took = performance.now() - start;
assert(took >= 299 && took < 500, `slow.test took ${took} ms`);
assert.deepEqual(await resolver.resolve4("wrong.test", { ttl: true }), [{ address: "203.0.113.9", ttl: 1 }]);
assert.deepEqual(await resolver.resolve6("wrong.test"), ["2001:db8::1"]);
console.log("ENOTFOUND, ESERVFAIL, ETIMEOUT, a delay and a wrong address were seen");
