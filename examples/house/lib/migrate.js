import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { config, times } from '../config.js';
import { log } from './log.js';

const FOLDER = path.join(import.meta.dirname, '..', 'migrations');
const TABLE = `CREATE TABLE IF NOT EXISTS migrations (
  name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`;
const LOCK = 718_293; // any number, the same in every process

async function missing(client, names) {
  const [{ exists }] = (await client.query("SELECT to_regclass('migrations') IS NOT NULL AS exists")).rows;
  if (!exists) return names;
  const done = new Set((await client.query('SELECT name FROM migrations')).rows.map((row) => row.name));
  return names.filter((name) => !done.has(name));
}

async function lock(client) {
  const end = Date.now() + times.migration;
  while (Date.now() < end) {
    const [{ locked }] = (await client.query('SELECT pg_try_advisory_lock($1) AS locked', [LOCK])).rows;
    if (locked) return;
    await sleep(100);
  }
  throw new Error('another process has been migrating the database for too long');
}

async function apply(client, name) {
  const sql = await readFile(path.join(FOLDER, name), 'utf8');
  await client.query({ text: 'BEGIN', query_timeout: times.migration });
  await client.query({ text: sql, query_timeout: times.migration });
  await client.query('INSERT INTO migrations (name) VALUES ($1)', [name]);
  await client.query('COMMIT');
  log.info('migrated', { name });
}

// Applies what is not applied yet of migrations/*.sql, in the order of the names, each in a transaction. Of several
// processes one does it and the others wait; when nothing is missing nobody locks anything.
export async function migrate() {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.sql')).sort();
  const client = new pg.Client({
    connectionString: config.databaseUrl,
    application_name: 'house migration',
    connectionTimeoutMillis: times.connect,
    query_timeout: times.query,
  });
  client.on('error', () => {}); // the statement that waits for the connection fails too
  client.on('notice', (notice) => notice.severity === 'WARNING' && log.warn(notice.message));
  try {
    await client.connect();
    if ((await missing(client, names)).length === 0) return;
    await lock(client);
    await client.query(TABLE);
    for (const name of await missing(client, names)) await apply(client, name);
  } finally {
    client.connection.stream.destroy(); // gives the lock back, too
  }
}
