import { Router } from 'express';
import { most } from '../config.js';
import { keepAnswer, keepQuestion, lastMessages } from '../lib/chats.js';
import { HttpError } from '../lib/errors.js';
import { breakOff, send } from '../lib/events.js';
import { idOf, textOf } from '../lib/input.js';
import { lifecycle } from '../lib/lifecycle.js';
import { log } from '../lib/log.js';
import * as model from '../lib/model.js';
import { loggedIn } from '../lib/sessions.js';

export const ask = Router();
const asking = new Map(); // user -> answers under way in this worker

function take(user) {
  const now = asking.get(user.id) ?? 0;
  if (now >= most.modelCallsPerUser) {
    throw new HttpError(429, 'please wait for the answers under way', { retryAfter: 1 });
  }
  asking.set(user.id, now + 1);
}

function give(user) {
  const now = asking.get(user.id) - 1;
  if (now > 0) asking.set(user.id, now);
  else asking.delete(user.id);
}

async function stream(req, res, chat, messages, signal) {
  let answer = '';
  for await (const text of model.ask(messages, signal)) {
    answer += text;
    await send(res, { text }, { signal });
  }
  await keepAnswer(req.user, chat, answer);
  await send(res, { chat }, { name: 'done', signal });
  res.end();
}

// ask the model, the answer streams back
ask.post('/api/ask', loggedIn, async (req, res) => {
  const text = textOf(req.body, 'text', { most: most.text });
  const given = req.body.chat ? idOf(req.body.chat, 'chat') : null;
  const gone = new AbortController();
  res.on('close', () => gone.abort(new Error('the customer went away')));
  take(req.user);
  try {
    model.admit();
    const chat = await keepQuestion(req.user, given, text);
    const messages = given ? await lastMessages(chat) : [{ role: 'user', text }];
    await stream(req, res, chat, messages, AbortSignal.any([gone.signal, lifecycle.streamsEnd]));
  } catch (error) {
    if (!res.headersSent) throw error;
    log.warn('a stream was broken off', { id: req.id, error: error.message });
    if (!res.destroyed) breakOff(res, error instanceof HttpError ? error.message : 'something went wrong');
  } finally {
    give(req.user);
  }
});
