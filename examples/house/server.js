// The primary process: keeps the workers alive, and ends when they have ended.
import cluster from 'node:cluster';
import { config, exits, times } from './config.js';
import { log } from './lib/log.js';
import { answerWorkers } from './lib/metrics.js';

const PAUSE = 1000; // before a worker that died young is replaced
const KILL_AFTER = times.stop + 3000;
const started = new Map(); // living workers and when they were started
let stopping = false;

function start() {
  if (!stopping) started.set(cluster.fork(), Date.now());
}

function ended(worker, code, signal) {
  const young = Date.now() - started.get(worker) < PAUSE;
  started.delete(worker);
  if (stopping) return endWhenAlone();
  log.error('a worker died', { worker: worker.process.pid, code, signal });
  if (code === exits.cannotListen) return stop(1);
  return setTimeout(start, young ? PAUSE : 0);
}

function endWhenAlone() {
  if (started.size === 0) process.exit();
}

function stop(status = 0) {
  if (stopping) return;
  stopping = true;
  process.exitCode = status;
  for (const worker of started.keys()) worker.process.kill('SIGTERM');
  setTimeout(() => {
    process.exitCode = 1;
    for (const worker of started.keys()) worker.process.kill('SIGKILL');
  }, KILL_AFTER);
  endWhenAlone();
}

if (cluster.isPrimary) {
  cluster.on('exit', ended);
  cluster.on('message', answerWorkers);
  process.on('SIGTERM', () => stop());
  process.on('SIGINT', () => stop());
  for (let i = 0; i < config.workers; i += 1) start();
} else {
  const { work } = await import('./worker.js');
  await work();
}
