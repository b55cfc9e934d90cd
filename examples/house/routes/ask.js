import { once } from 'node:events';
import { Router } from 'express';
import { most, times } from '../config.js';
import { read, write } from '../lib/database.js';
import { HttpError } from '../lib/errors.js';
import { idOf, textOf } from '../lib/input.js';
import { lifecycle } from '../lib/lifecycle.js';
import { log } from '../lib/log.js';
import * as model from '../lib/model.js';
import { loggedIn } from '../lib/sessions.js';

export const ask = Router();
const asking = new Map(); // user -> answers under way in this worker

function take(user) {
  const now = asking.get(user.id) ?? 0;
  if (now >= most.modelCallsPerUser) throw new HttpError(429, 'please wait for the answers under way', { retryAfter: 1 });
  asking.set(user.id, now + 1);
}

function give(user) {
  const now = asking.get(user.id) - 1;
  if (now > 0) asking.set(user.id, now);
  else asking.delete(user.id);
}

// The question is kept before the model is asked: in a chat of the user's own, or a new one, unless the user has asked
// too much. One statement, so that no connection is held and nothing is kept by halves.
async function keepQuestion(user, chat, text) {
  const [kept] = await write(
    `WITH recent AS (
       SELECT count(*) AS questions FROM messages
       WHERE user_id = $1 AND role = 'user' AND created_at > now() - interval '1 minute'
     ), own AS (
       SELECT id FROM chats WHERE id = $2 AND user_id = $1
     ), made AS (
       INSERT INTO chats (user_id, title) SELECT $1, $3 FROM recent WHERE $2::bigint IS NULL AND questions < $5 RETURNING id
     ), kept AS (
       INSERT INTO messages (chat_id, user_id, role, text)
       SELECT chat.id, $1, 'user', $4 FROM (SELECT id FROM own UNION ALL SELECT id FROM made) AS chat, recent
       WHERE questions < $5 RETURNING chat_id
     )
     SELECT questions, (SELECT chat_id FROM kept) AS chat FROM recent`,
    [user.id, chat, [...text].slice(0, 40).join(''), text, most.questionsPerMinute],
  );
  if (kept.questions >= most.questionsPerMinute) {
    throw new HttpError(429, 'so many questions, please wait a minute', { retryAfter: 60 });
  }
  if (!kept.chat) throw new HttpError(404, 'no such chat');
  return kept.chat;
}

// What the model is told: the end of the chat.
async function lastMessages(chat) {
  const rows = await read('SELECT role, text FROM messages WHERE chat_id = $1 ORDER BY id DESC LIMIT $2', [chat, most.messagesToModel]);
  return rows.reverse();
}

function keepAnswer(user, chat, text) {
  return write("INSERT INTO messages (chat_id, user_id, role, text) VALUES ($1, $2, 'assistant', $3)", [chat, user.id, text]);
}

// One event of the stream; waits while the customer reads slowly, within a limit.
async function send(res, data, { event, signal }) {
  if (!res.headersSent) res.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache, no-transform', 'X-Accel-Buffering': 'no' });
  const flows = res.write(`${event ? `event: ${event}\n` : ''}data: ${JSON.stringify(data)}\n\n`);
  if (!flows) await once(res, 'drain', { signal: AbortSignal.any([signal, AbortSignal.timeout(times.customerReads)]) });
}

async function stream(req, res, chat, messages, signal) {
  let answer = '';
  for await (const text of model.ask(messages, signal)) {
    answer += text;
    await send(res, { text }, { signal });
  }
  await keepAnswer(req.user, chat, answer);
  await send(res, { chat }, { event: 'done', signal });
  res.end();
}

// A stream that has begun cannot change its status any more: it says what happened in an event of its own.
function breakOff(req, res, error) {
  if (res.destroyed) return; // by the customer
  const told = error instanceof HttpError ? error.message : 'something went wrong';
  log.warn('a stream was broken off', { id: req.id, error: error.message });
  res.end(`event: error\ndata: ${JSON.stringify({ error: told })}\n\n`);
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
    breakOff(req, res, error);
  } finally {
    give(req.user);
  }
});
