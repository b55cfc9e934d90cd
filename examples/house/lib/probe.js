import pg from 'pg';
import { config, times } from '../config.js';

// Does the database answer? Asked on a connection of its own, so that the answer does not depend on how busy the pool
// is, and once for all who want to know at the same time.
let connection = null;
let running = null;

export function probe() {
  running ??= ask().finally(() => {
    running = null;
  });
  return running;
}

async function ask() {
  connection ??= await connect();
  const asked = connection;
  try {
    await asked.query('SELECT 1');
  } catch (error) {
    drop(asked);
    throw error;
  }
}

async function connect() {
  const made = new pg.Client({
    connectionString: config.databaseUrl,
    application_name: 'house health',
    keepAlive: true,
    connectionTimeoutMillis: times.connect,
    query_timeout: times.connect,
  });
  made.on('error', () => drop(made));
  try {
    await made.connect();
    return made;
  } catch (error) {
    drop(made);
    throw error;
  }
}

function drop(client) {
  if (connection === client) connection = null;
  client.connection.stream.destroy();
}

export function closeProbe() {
  if (connection) drop(connection);
}
