import prometheus from 'prom-client';

export const requestSeconds = new prometheus.Histogram({
  name: 'house_request_seconds',
  help: 'Time until the answer was sent, by route and status.',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
});

export const requestsInFlight = new prometheus.Gauge({
  name: 'house_requests_in_flight',
  help: 'Requests that are being answered.',
});

export const shed = new prometheus.Counter({
  name: 'house_shed_total',
  help: 'Requests refused because too much was under way already.',
  labelNames: ['limit'],
});

export const breakerOpen = new prometheus.Gauge({
  name: 'house_breaker_open',
  help: 'Workers that hold a part for away.',
  labelNames: ['part'],
});

export const modelSeconds = new prometheus.Histogram({
  name: 'house_model_seconds',
  help: 'Time of a whole answer of the model, by how it ended.',
  labelNames: ['end'],
  buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
});

export function gauge(name, help, read) {
  return new prometheus.Gauge({
    name,
    help,
    collect() {
      this.set(read());
    },
  });
}

export const contentType = prometheus.register.contentType;

// The sums over all workers. The primary process makes them; each worker only knows its own.
const registry = new prometheus.AggregatorRegistry();
const ASK = 'house:metrics';

export async function answerWorkers(worker, message) {
  if (message?.type !== ASK) return;
  const text = await registry.clusterMetrics().catch(() => null);
  if (worker.isConnected()) worker.send({ ...message, text });
}

let asked = 0;

export function allMetrics(withinMs) {
  const id = ++asked;
  return new Promise((resolve, reject) => {
    const end = (settle, value) => {
      clearTimeout(timer);
      process.off('message', hear);
      settle(value);
    };
    const hear = (message) => {
      if (message?.type !== ASK || message.id !== id) return;
      message.text === null ? end(reject, new Error('no metrics')) : end(resolve, message.text);
    };
    const timer = setTimeout(() => end(reject, new Error('metrics took too long')), withinMs);
    process.on('message', hear);
    process.send({ type: ASK, id });
  });
}

export const collectProcessMetrics = () => prometheus.collectDefaultMetrics();
