import { randomUUID } from 'node:crypto';
import { most } from '../config.js';
import { HttpError } from './errors.js';
import { Gate } from './gate.js';
import { lifecycle } from './lifecycle.js';
import { log } from './log.js';
import { requestSeconds, requestsInFlight } from './metrics.js';

// Middleware: one line in the log and one count for each request.
export function observed(req, res, next) {
  const started = performance.now();
  const [path] = req.originalUrl.split('?'); // what customers search for is not for the log
  req.id = randomUUID();
  res.set('X-Request-Id', req.id);
  if (lifecycle.stopping) res.set('Connection', 'close');
  requestsInFlight.inc();
  res.on('close', () => {
    requestsInFlight.dec();
    const seconds = (performance.now() - started) / 1000;
    const status = res.writableFinished ? res.statusCode : 499; // the customer went away
    const route = req.route?.path ?? (status < 400 ? 'file' : 'none');
    requestSeconds.observe({ method: req.method, route, status }, seconds);
    const ms = Math.round(seconds * 1000);
    log.info('request', { id: req.id, method: req.method, path, status, ms, user: req.user?.id });
  });
  next();
}

const HEADERS = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

// Middleware: what browsers are to be strict about.
export function secured(req, res, next) {
  res.set(HEADERS);
  if (req.secure) res.set('Strict-Transport-Security', 'max-age=31536000');
  next();
}

const gate = new Gate('requests', { running: most.requests });

// Middleware: refuses at once what is beyond this worker's strength.
export async function shedding(req, res, next) {
  await gate.enter();
  res.on('close', () => gate.leave());
  next();
}

// Middleware: answers with data must not be kept by anybody on the way.
export function notKept(req, res, next) {
  res.set('Cache-Control', 'no-store');
  next();
}

export function notFound() {
  throw new HttpError(404, 'there is nothing here');
}

// Errors of Express and body-parser about the request have a status.
function publicError(error) {
  if (error instanceof HttpError) return error;
  const unreadable = error.status >= 400 && error.status < 500;
  if (unreadable) return new HttpError(error.status, 'that request cannot be read');
  return new HttpError(500, 'something went wrong');
}

// Middleware: errors become a status and a sentence; what is inside goes to the log only.
export function failed(error, req, res, next) {
  if (res.destroyed) return undefined; // nobody hears it
  const told = publicError(error);
  if (told.status === 500) log.error('request failed', { id: req.id, error: error.stack });
  if (res.headersSent) return res.destroy();
  if (told.retryAfter) res.set('Retry-After', String(told.retryAfter));
  return res.status(told.status).json({ error: told.message });
}
