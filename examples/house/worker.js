import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { app } from './app.js';
import { config, exits, times } from './config.js';
import * as database from './lib/database.js';
import { lifecycle } from './lib/lifecycle.js';
import { log } from './lib/log.js';
import { collectProcessMetrics } from './lib/metrics.js';
import { closeProbe } from './lib/probe.js';
import { removeExpired } from './lib/sessions.js';

const server = createServer(app);
server.keepAliveTimeout = 65_000; // longer than that of the usual proxies, so that they do not send into a closing one
server.timeout = times.customerReads; // nothing of ours is silent for that long: the customer does not read
server.headersTimeout = 10_000;
server.requestTimeout = 15_000;

// Stops accepting, ends what is under way within the limit, and exits.
async function stop() {
  if (lifecycle.stopping) return;
  lifecycle.stopping = true;
  log.info('stopping');
  const closed = new Promise((resolve) => server.close(resolve));
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const over = await Promise.race([closed.then(() => true), sleep(times.stop, false)]);
  if (!over) {
    lifecycle.endStreams();
    await Promise.race([closed, sleep(500)]);
    server.closeAllConnections();
  }
  clearInterval(idle);
  closeProbe();
  await Promise.race([database.close(), sleep(500)]);
  log.info('stopped');
  process.exit(0);
}

function listen() {
  server.on('error', (error) => {
    log.error('cannot listen', { error: error.message });
    process.exit(exits.cannotListen);
  });
  server.listen(config.port, config.host, () => log.info('open', { url: `http://${config.host}:${config.port}` }));
}

function tidyUp() {
  const seldom = 10 * 60_000;
  const failed = (error) => log.warn('sessions were not tidied up', { error: error.message });
  setInterval(() => removeExpired().catch(failed), seldom).unref();
}

export async function work() {
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('uncaughtException', (error) => {
    log.error('uncaught', { error: error.stack });
    process.exit(exits.bug);
  });
  collectProcessMetrics();
  if (!config.modelKey) log.warn('OPENAI_API_KEY is not set: the model will refuse to answer');
  // Customers who need no database are served while it is away; where it is there, it is ready before they come.
  await Promise.race([database.prepare(), sleep(times.connect)]);
  if (lifecycle.stopping) return;
  listen();
  tidyUp();
}
