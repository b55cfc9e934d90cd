// The pg and mysql2 packages through proxies that end TLS inside these protocols:
// starttls.mjs POSTGRES_PORT MYSQL_PORT AUTHORITY_PEM MYSQL_PASSWORD
import assert from "node:assert/strict";
import fs from "node:fs";
import mysql from "mysql2/promise";
import pg from "pg";

const [pgPort, mysqlPort, file, password] = process.argv.slice(2);
const ca = fs.readFileSync(file, "utf8");

const client = new pg.Client({ host: "localhost", port: Number(pgPort), user: "me", password: "secret", database: "postgres", ssl: { ca } });
await client.connect();
const [row] = (await client.query("select ssl from pg_stat_ssl where pid = pg_backend_pid()")).rows;
assert.deepEqual(row, { ssl: true });
await assert.rejects(client.query("select * from orders"), { code: "40001" });
await client.end();

const one = await mysql.createConnection({ host: "localhost", port: Number(mysqlPort), user: "app", password, database: "shop", ssl: { ca } });
const [[cipher]] = await one.query("show status like 'Ssl_cipher'");
assert.match(cipher.Value, /TLS/);
await assert.rejects(one.query("select * from orders"), { errno: 1205 });
await one.end();
