import { Router } from 'express';
import { checkReady } from '../lib/database.js';
import { HttpError, Unavailable } from '../lib/errors.js';
import { lifecycle } from '../lib/lifecycle.js';
import { allMetrics, contentType } from '../lib/metrics.js';

export const health = Router();

// The process lives: whoever restarts it when this fails must not do so because the database is away.
health.get('/livez', (req, res) => {
  res.type('text').send('ok');
});

// Customers may be sent here. The model is not asked: most of the house works without it.
health.get('/healthz', async (req, res) => {
  if (lifecycle.stopping) throw new Unavailable('the house is closing');
  await checkReady();
  res.type('text').send('ok');
});

// Not for customers: what came through a proxy is not answered.
health.get('/metrics', async (req, res) => {
  if (req.get('X-Forwarded-For')) throw new HttpError(404, 'there is nothing here');
  const text = await allMetrics(1000).catch((cause) => {
    throw new Unavailable('no metrics now', { cause });
  });
  res.set('Content-Type', contentType).send(text);
});
