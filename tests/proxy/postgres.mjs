// The pg package through each fault on PostgreSQL: postgres.mjs API_URL POSTGRES_PORT
import assert from "node:assert/strict";
import pg from "pg";
import postgres from "postgres";

const [url, upstream] = process.argv.slice(2);

const ask = async (method, path, body) => {
  const answer = await fetch(url + path, { method, body: body && JSON.stringify(body) });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
  return answer.status === 204 ? undefined : answer.json();
};
const proxy = await ask("POST", "/proxies", { name: "pg", listen: "127.0.0.1:0", upstream: `127.0.0.1:${upstream}` });
const options = { host: "127.0.0.1", port: Number(proxy.listen.split(":")[1]), user: "me", database: "postgres" };
const connect = async () => {
  const client = new pg.Client(options);
  client.ended = new Promise((resolve) => client.on("error", resolve));
  await client.connect();
  return client;
};
/** Runs work with a fault in force, and returns what it achieved. */
const under = async (type, attributes, work) => {
  await ask("POST", "/proxies/pg/toxics", { name: "it", type, attributes });
  await work();
  const effect = await ask("GET", "/proxies/pg/toxics/it/effect");
  await ask("DELETE", "/proxies/pg/toxics/it");
  return effect;
};
const fails = (promise, code) => assert.rejects(promise, (error) => assert.equal(error.code, code, error.message) ?? true);
const timed = async (work) => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};
const count = async (client, table) => Number((await client.query(`select count(*) from ${table}`)).rows[0].count);
const insert = { name: "insert", text: "insert into items values ($1)", values: [1] };

const open = await connect();
await open.query("create table items (n int); create table notes (n int)");
await open.query(insert);

// An error: simple, with values, prepared before and after, in a pool, in a transaction.
const effect = await under("postgres_error", { sqlstate: "40001", table: "items" }, async () => {
  await fails(open.query("select * from items"), "40001");
  await fails(open.query("select * from items where n = $1", [1]), "40001");
  assert.equal(await count(open, "notes"), 0);
  const other = await connect();
  await fails(other.query(insert), "40001");
  await fails(other.query(insert), "40001");
  await other.query("begin");
  await other.query("insert into notes values ($1)", [1]);
  await fails(other.query("select * from items"), "40001");
  await fails(other.query("select 1"), "25P02");
  await fails(other.query("select $1::int", [1]), "25P02");
  assert.equal((await other.query("commit")).command, "ROLLBACK");
  assert.equal(await count(other, "notes"), 0, "nothing stayed");
  await other.query("begin");
  await other.query("savepoint s");
  await fails(other.query("select * from items"), "40001");
  await other.query("rollback to s");
  await other.query("insert into notes values (2)");
  assert.equal((await other.query("commit")).command, "COMMIT");
  assert.equal(await count(other, "notes"), 1);
  const pool = new pg.Pool({ ...options, max: 4 });
  const results = await Promise.allSettled(
    Array.from({ length: 40 }, (_, i) => pool.query(i % 2 ? "select * from items" : "select 1 as one")));
  results.forEach((one, i) => assert.equal(one.reason?.code ?? one.value.rows[0].one, i % 2 ? "40001" : 1));
  await pool.end();
  await other.end();
});
assert.ok(effect.acted >= 26, JSON.stringify(effect));
await open.query(insert);
assert.equal(await count(open, "items"), 2, "all is as before, on a connection that lived through it");

// An error that ends the connection; a pool opens another.
const pool = new pg.Pool({ ...options, max: 2 });
pool.on("error", () => {});
await under("postgres_error", { sqlstate: "57P01", nth: 2 }, async () => {
  await pool.query("select 1");
  await fails(pool.query("select 1"), "57P01");
  await pool.query("select 1");
});
await pool.end();

// Slow, and limited.
await under("postgres_slow", { delay: 200, statement: "insert" }, async () => {
  assert.ok((await timed(() => open.query(insert.text, [1]))) >= 195);
  assert.ok((await timed(() => open.query(insert))) < 150, "prepared before the fault: its text is not known");
  assert.ok((await timed(() => open.query("select 1"))) < 150);
});
const many = await Promise.all(Array.from({ length: 4 }, connect));
const sleeps = () => Promise.all(many.map((one) => one.query("select pg_sleep($1)", [0.1])));
assert.ok((await timed(sleeps)) < 350);
await under("postgres_limit", { at_once: 1 }, async () => assert.ok((await timed(sleeps)) >= 395));
await under("postgres_limit", { at_once: 0, per_second: 20 }, async () => {
  assert.ok((await timed(() => Promise.all(Array.from({ length: 11 }, () => open.query("select 1"))))) >= 490);
});

// A program that pipelines: statements that were under way when the fault came keep their answers, in order.
const sql = postgres({ ...options, username: options.user, max: 1, onnotice: () => {} });
await sql`select 1`;
const before = ["pg_sleep(0.4), 1", "2", "3", "4"].map((what) => sql.unsafe(`select ${what} as n`).execute());
await new Promise((resolve) => setTimeout(resolve, 100));
await under("postgres_error", { sqlstate: "40001" }, async () => {
  const after = ["5", "6"].map((what) => sql.unsafe(`select ${what}`).execute());
  assert.deepEqual((await Promise.all(before)).map((rows) => rows[0].n), [1, 2, 3, 4]);
  for (const one of after) await fails(one, "40001");
});
assert.deepEqual((await Promise.all([7, 8].map((n) => sql`select ${n}::int as n`))).map((rows) => rows[0].n), [7, 8]);

// Two faults behind one another; it asks for what it prepares by a Flush, before its Sync.
await ask("POST", "/proxies/pg/toxics", { name: "two", type: "postgres_error", attributes: { table: "notes", sqlstate: "57014" } });
await under("postgres_error", { sqlstate: "40001", table: "items" }, async () => {
  for (let round = 0; round < 20; ++round) {
    const asked = [0, 1, 2, 3, 4, 5].map((n) => [
      sql`select ${n + round}::int as n from items`,
      sql`select ${n + round}::int as n`,
      sql`select ${n + round}::int as n from notes`,
    ][(n * 7 + round) % 3].then(([row]) => row.n === n + round, (error) => error.code));
    const told = await Promise.all(asked);
    assert.deepEqual(told, told.map((_, n) => ["40001", true, "57014"][(n * 7 + round) % 3]));
  }
});
await ask("DELETE", "/proxies/pg/toxics/two");
await sql.end();

// New connections.
await under("postgres_refuse_new", {}, async () => {
  await fails(connect(), "57P03");
  await open.query("select 1");
});
await under("postgres_connections", { most: 6 }, async () => {
  const sixth = await connect();
  await fails(connect(), "53300");
  await sixth.end();
  await new Promise((resolve) => setTimeout(resolve, 200));
  await (await connect()).end();
});

// The end within a transaction, and of all.
await under("postgres_kill_in_transaction", { statement: "insert" }, async () => {
  await open.query(insert);
  const victim = await connect();
  await victim.query("begin");
  await victim.query("select 1");
  await fails(victim.query(insert), "57P01");
  assert.ok(await victim.ended);
});
await under("postgres_failover", { down: 500, read_only: 700 }, async () => {
  await Promise.all([open, ...many].map((one) => one.ended));
  await fails(connect(), "57P03");
  await new Promise((resolve) => setTimeout(resolve, 600));
  const back = await connect();
  await back.query("select 1");
  await fails(back.query(insert), "25006");
  await new Promise((resolve) => setTimeout(resolve, 700));
  await back.query(insert);
  await back.end();
});
console.log("pg is content");
process.exit(0);
