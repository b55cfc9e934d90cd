import crypto from 'node:crypto';
import cookieParser from 'cookie-parser';
import express from 'express';
import { findUser, init, pool } from './db.js';
import { ask } from './model.js';

const app = express();
app.use(express.json());
app.use(cookieParser());
app.use(express.static('public'));

// who is logged in, by session id
const sessions = {};

function login(req, res, next) {
  const user = sessions[req.cookies.sid];
  if (!user) return res.status(401).json({ error: 'please log in' });
  req.user = user;
  next();
}

app.get('/healthz', (req, res) => res.send('ok'));

// log in, or join if the name is new
app.post('/api/login', async (req, res) => {
  const { name, password } = req.body;
  const user = await findUser(name, password);
  if (!user) return res.status(403).json({ error: 'wrong password' });
  const sid = crypto.randomUUID();
  sessions[sid] = user;
  res.cookie('sid', sid);
  res.json({ id: user.id, name: user.name });
});

app.get('/api/me', login, (req, res) => res.json({ id: req.user.id, name: req.user.name }));

// ask the model, the answer streams back
app.post('/api/ask', login, async (req, res) => {
  const db = await pool.connect();
  try {
    let chat = req.body.chat;
    if (!chat) {
      const made = await db.query('INSERT INTO chats (user_id, title) VALUES ($1, $2) RETURNING id', [req.user.id, req.body.text.slice(0, 40)]);
      chat = made.rows[0].id;
    }
    await db.query('INSERT INTO messages (chat_id, user_id, role, text) VALUES ($1, $2, $3, $4)', [chat, req.user.id, 'user', req.body.text]);
    const before = await db.query('SELECT role, text FROM messages WHERE chat_id = $1 ORDER BY id', [chat]);

    res.setHeader('Content-Type', 'text/event-stream');
    res.setHeader('Cache-Control', 'no-cache');
    let answer = '';
    for await (const part of ask(before.rows)) {
      answer += part;
      res.write(`data: ${JSON.stringify({ text: part })}\n\n`);
    }
    await db.query('INSERT INTO messages (chat_id, user_id, role, text) VALUES ($1, $2, $3, $4)', [chat, req.user.id, 'assistant', answer]);
    res.write(`event: done\ndata: ${JSON.stringify({ chat })}\n\n`);
    res.end();
  } finally {
    db.release();
  }
});

// notes are messages to yourself
app.post('/api/notes', login, async (req, res) => {
  const saved = await pool.query(
    "INSERT INTO messages (user_id, role, text) VALUES ($1, 'note', $2) RETURNING id, text, created_at", [req.user.id, req.body.text]);
  res.status(201).json(saved.rows[0]);
});

app.get('/api/notes/:id', login, async (req, res) => {
  const found = await pool.query('SELECT id, text, created_at FROM messages WHERE id = $1', [req.params.id]);
  if (!found.rows.length) return res.status(404).json({ error: 'no such note' });
  res.json(found.rows[0]);
});

app.get('/api/history', login, async (req, res) => {
  const chats = await pool.query('SELECT id, title, created_at FROM chats WHERE user_id = $1 ORDER BY id DESC LIMIT 20', [req.user.id]);
  for (const chat of chats.rows) {
    const count = await pool.query('SELECT count(*) FROM messages WHERE chat_id = $1', [chat.id]);
    chat.messages = Number(count.rows[0].count);
  }
  res.json({ chats: chats.rows });
});

app.get('/api/chats/:id', login, async (req, res) => {
  const messages = await pool.query('SELECT id, role, text FROM messages WHERE chat_id = $1 ORDER BY id', [req.params.id]);
  res.json({ messages: messages.rows });
});

app.get('/api/search', login, async (req, res) => {
  const found = await pool.query(`SELECT id, chat_id, role, text FROM messages WHERE text ILIKE '%${req.query.q}%' ORDER BY id DESC LIMIT 20`);
  res.json({ found: found.rows });
});

app.use((err, req, res, next) => {
  console.error(err);
  res.status(500).send(`<pre>${err.stack}</pre>`);
});

await init();
const port = process.env.PORT || 3000;
app.listen(port, () => console.log(`playhouse is open on http://localhost:${port}`));
