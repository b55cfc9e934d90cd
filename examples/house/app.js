import path from 'node:path';
import cookieParser from 'cookie-parser';
import express from 'express';
import { config } from './config.js';
import { failed, notFound, notKept, observed, secured, shedding } from './lib/http.js';
import { account } from './routes/account.js';
import { ask } from './routes/ask.js';
import { health } from './routes/health.js';
import { messages } from './routes/messages.js';

export const app = express();
app.disable('x-powered-by');
app.set('trust proxy', config.trustProxy);
app.set('query parser', 'simple');

app.use(observed, secured);
app.use(health);
app.use(express.static(path.join(import.meta.dirname, 'public')));
app.use('/api', shedding, notKept, express.json({ limit: '32kb' }), cookieParser());
app.use(account, ask, messages);
app.use(notFound);
app.use(failed);
