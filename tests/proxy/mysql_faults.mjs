// mysql2 through a proxy with the faults on MySQL: mysql_faults.mjs API_URL PORT PASSWORD
import assert from "node:assert/strict";
import mysql from "mysql2/promise";

const [url, port, password] = process.argv.slice(2);
const ask = async (method, path, body) => {
  const answer = await fetch(url + path, { method, body: body && JSON.stringify(body) });
  assert.ok(answer.ok, await answer.clone().text());
};
const under = async (type, attributes, work) => {
  await ask("POST", "/proxies/mysql/toxics", { name: type, type, attributes });
  await work();
  await ask("DELETE", `/proxies/mysql/toxics/${type}`);
};
const options = { host: "127.0.0.1", port: Number(port), user: "app", password, database: "shop" };
const connect = () => mysql.createConnection(options);

// Open before any fault, and used under each.
const old = await connect();
assert.deepEqual((await old.query("select 1 as one"))[0], [{ one: 1 }]);

for (const make of [async () => old, connect]) {
  const one = await make();
  await under("mysql_error", { table: "orders" }, async () => {
    await assert.rejects(one.query("select * from orders"), { code: "ER_LOCK_WAIT_TIMEOUT", errno: 1205, sqlState: "HY000" });
    await assert.rejects(one.execute("select * from orders where id = ?", [1]), { errno: 1205 });
    assert.deepEqual((await one.execute("select ? as two", [2]))[0].length, 1);
    assert.deepEqual((await one.query("select 3 as three"))[0], [{ three: 3 }]);
  });
  assert.equal((await one.execute("select * from orders where id = ?", [1]))[0].length, 1);
  await under("mysql_error", { code: 1213, statement: "update", nth: 1 }, async () => {
    await one.beginTransaction();
    await one.query("insert into other values (100)");
    await assert.rejects(one.query("update other set id = 101 where id = 100"), { code: "ER_LOCK_DEADLOCK", sqlState: "40001" });
    await one.beginTransaction();
    assert.equal((await one.query("select * from other where id = 100"))[0].length, 0, "the transaction is undone");
    await one.commit();
  });
  await under("mysql_slow", { delay: 150 }, async () => {
    const start = performance.now();
    await one.query("select 1");
    assert.ok(performance.now() - start >= 149);
  });
  await under("mysql_kill_in_transaction", { statement: "insert" }, async () => {
    await one.beginTransaction();
    await one.query("select 1");
    await assert.rejects(one.query("insert into other values (200)"), { code: "PROTOCOL_CONNECTION_LOST" });
  });
}

const pool = mysql.createPool({ ...options, connectionLimit: 4 });
await pool.query("select 1");
await under("mysql_refuse_new", {}, async () => {
  await assert.rejects(connect(), { errno: 1040, code: "ER_CON_COUNT_ERROR" });
  assert.equal((await pool.query("select 1 as a"))[0][0].a, 1, "what is open lives on");
});
await under("mysql_error", { code: 1040, share: 0.5 }, async () => {
  const results = await Promise.allSettled(Array.from({ length: 100 }, () => pool.execute("select 5 as five")));
  const failed = results.filter((one) => one.status === "rejected");
  assert.ok(failed.length > 25 && failed.length < 75, `half of them fail: ${failed.length}`);
  assert.ok(failed.every((one) => one.reason.errno === 1040));
});
assert.equal((await pool.query("select count(*) as n from other where id >= 100"))[0][0].n, 0);
await pool.end();
process.exit(0);
