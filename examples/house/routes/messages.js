import { Router } from 'express';
import { most } from '../config.js';
import { read, write } from '../lib/database.js';
import { HttpError } from '../lib/errors.js';
import { idOf, textOf } from '../lib/input.js';
import { loggedIn } from '../lib/sessions.js';

export const messages = Router();

// notes are messages to yourself
messages.post('/api/notes', loggedIn, async (req, res) => {
  const text = textOf(req.body, 'text', { most: most.text });
  const [note] = await write(
    "INSERT INTO messages (user_id, role, text) VALUES ($1, 'note', $2) RETURNING id, text, created_at",
    [req.user.id, text],
  );
  res.status(201).json(note);
});

messages.get('/api/notes/:id', loggedIn, async (req, res) => {
  const [note] = await read(
    "SELECT id, text, created_at FROM messages WHERE id = $1 AND user_id = $2 AND role = 'note'",
    [idOf(req.params.id, 'note'), req.user.id],
  );
  if (!note) throw new HttpError(404, 'no such note');
  res.json(note);
});

messages.get('/api/history', loggedIn, async (req, res) => {
  const chats = await read(
    `SELECT id, title, created_at, (SELECT count(*) FROM messages WHERE chat_id = chats.id) AS messages
     FROM chats WHERE user_id = $1 ORDER BY id DESC LIMIT $2`,
    [req.user.id, most.rows],
  );
  res.json({ chats });
});

messages.get('/api/chats/:id', loggedIn, async (req, res) => {
  const found = await read(
    `SELECT messages.id, role, text FROM chats JOIN messages ON messages.chat_id = chats.id
     WHERE chats.id = $1 AND chats.user_id = $2 ORDER BY messages.id DESC LIMIT $3`,
    [idOf(req.params.id, 'chat'), req.user.id, most.messagesOfChat],
  );
  if (found.length === 0) throw new HttpError(404, 'no such chat');
  res.json({ messages: found.reverse() });
});

// What is short is found often, so the newest messages are read until there are enough. Three letters and more are
// found by the trigram index, and sorted then: with the limit in sight PostgreSQL would rather read everything.
const SEARCH_SHORT =
  'SELECT id, chat_id, role, text FROM messages WHERE user_id = $1 AND text ILIKE $2 ORDER BY id DESC LIMIT $3';
const SEARCH_LONG = `
  WITH found AS MATERIALIZED (SELECT id, chat_id, role, text FROM messages WHERE user_id = $1 AND text ILIKE $2)
  SELECT id, chat_id, role, text FROM found ORDER BY id DESC LIMIT $3`;

messages.get('/api/search', loggedIn, async (req, res) => {
  const words = textOf(req.query, 'q', { least: 0, most: 200 });
  const pattern = `%${words.replace(/[\\%_]/g, '\\$&')}%`;
  const found = await read(words.length < 3 ? SEARCH_SHORT : SEARCH_LONG, [req.user.id, pattern, most.rows]);
  res.json({ found });
});
