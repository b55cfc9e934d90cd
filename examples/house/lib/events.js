import { once } from 'node:events';

// Server-sent events.
const HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache, no-transform',
  'X-Accel-Buffering': 'no',
};

const textOf = (data, name) => `${name ? `event: ${name}\n` : ''}data: ${JSON.stringify(data)}\n\n`;

// The first one begins the stream. Waits while the customer reads slowly.
export async function send(res, data, { name, signal }) {
  if (!res.headersSent) res.set(HEADERS);
  const flows = res.write(textOf(data, name));
  if (!flows) await once(res, 'drain', { signal });
}

// A stream that has begun cannot change its status any more: it says what happened in an event of its own.
export function breakOff(res, message) {
  res.end(textOf({ error: message }, 'error'));
}
