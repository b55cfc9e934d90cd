import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { config, most, times } from '../config.js';
import { Breaker } from './breaker.js';
import { Unavailable } from './errors.js';
import { log } from './log.js';
import { gauge, shed } from './metrics.js';
import { migrate } from './migrate.js';
import { probe } from './probe.js';

pg.types.setTypeParser(pg.types.builtins.INT8, Number);

const pool = new pg.Pool({
  connectionString: config.databaseUrl,
  application_name: 'house',
  max: most.connections,
  min: most.connectionsKept,
  idleTimeoutMillis: 30_000,
  maxLifetimeSeconds: 600,
  keepAlive: true,
  connectionTimeoutMillis: times.connect,
  query_timeout: times.query,
  statement_timeout: times.statement,
  lock_timeout: times.statement,
  idle_in_transaction_session_timeout: times.query,
});
const connections = new Set();
pool.on('connect', (connection) => connections.add(connection));
pool.on('remove', (connection) => connections.delete(connection));
pool.on('error', (error) => log.warn('an idle database connection was lost', { error: error.message }));
gauge('house_db_connections', 'Connections to the database.', () => pool.totalCount);
gauge('house_db_connections_idle', 'Connections to the database that are free.', () => pool.idleCount);
gauge('house_db_waiting', 'Requests that wait for a free connection.', () => pool.waitingCount);

const breaker = new Breaker('database', {
  onOpen() {
    // What did not answer is not trusted again: the queries that still wait end now, and new connections are made.
    for (const connection of connections) connection.connection.stream.destroy();
    watch();
  },
});

// Looks again and again until the database answers; customers are told that it is away meanwhile.
async function watch() {
  while (breaker.open) {
    await sleep(times.databaseRetry);
    await probe().then(() => breaker.succeeded(), () => {});
  }
}

// The connection could not be made or was lost, nothing came in time, or PostgreSQL says that it cannot serve:
// SQLSTATE classes 08 (connection), 53 (resources), 57P (shutting down, starting up), 58 (system); 25006 (read-only).
function isAway(error) {
  if (error instanceof pg.DatabaseError) return /^(08|53|57P|58|25006)/.test(error.code);
  return !(error instanceof TypeError);
}

const STATEMENT_TIMEOUT = '57014';
const LOCK_TIMEOUT = '55P03';

function isCut(error) {
  return /^(57P0[12]|ECONNRESET|EPIPE)$/.test(error.code) || error.message === 'Connection terminated unexpectedly';
}

let ready = false;

async function attempt(text, values) {
  if (!ready) throw new Unavailable('the house is not open yet, please try again');
  breaker.admit();
  if (pool.waitingCount >= most.waitingForConnection) {
    shed.inc({ limit: 'connections' });
    throw new Unavailable('too many customers at once, please try again');
  }
  const result = await pool.query(text, values);
  breaker.succeeded();
  return result.rows;
}

function told(error, text) {
  if (error instanceof Unavailable) return error;
  const statement = text.trim().slice(0, 40);
  if (isAway(error)) {
    breaker.failed();
    log.warn('the database did not answer', { error: error.message, statement });
    return new Unavailable('the database is away, please try again', { cause: error });
  }
  if (error.code === STATEMENT_TIMEOUT || error.code === LOCK_TIMEOUT) {
    log.warn('a statement took too long', { error: error.message, statement });
    return new Unavailable('that took too long, please try again', { cause: error });
  }
  return error;
}

// One statement on one connection of the pool, which is free again as soon as the answer is there. Gives the rows.
export async function write(text, values) {
  try {
    return await attempt(text, values);
  } catch (error) {
    throw told(error, text);
  }
}

// As write(), for what may be asked twice: once more when the connection was cut.
export async function read(text, values) {
  try {
    return await attempt(text, values);
  } catch (error) {
    if (!isCut(error)) throw told(error, text);
    return write(text, values);
  }
}

// Brings the schema up to date, however long the database is away. Until then every statement is refused.
export async function prepare() {
  while (!ready) {
    try {
      await migrate();
      await Promise.all(Array.from({ length: most.connectionsKept }, () => pool.query('SELECT 1')));
      ready = true;
    } catch (error) {
      log.warn('the database is not ready', { error: error.message });
      await sleep(times.databaseRetry);
    }
  }
}

// Asks the database itself, unless that is known to be away.
export async function checkReady() {
  if (!ready) throw new Unavailable('the house is not open yet');
  breaker.admit();
  await probe().catch((cause) => {
    throw new Unavailable('the database is away', { cause });
  });
}

export const close = () => pool.end();
