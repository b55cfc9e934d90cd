import { most } from '../config.js';
import { read, write } from './database.js';
import { HttpError } from './errors.js';

// One statement, so that no connection is held and nothing is kept by halves: the question goes into a chat of the
// user's own ($2), or into a new one where none is given, unless the user has asked too much.
const KEEP_QUESTION = `
  WITH recent AS (
    SELECT count(*) AS questions FROM messages
    WHERE user_id = $1 AND role = 'user' AND created_at > now() - interval '1 minute'
  ), own AS (
    SELECT id FROM chats WHERE id = $2 AND user_id = $1
  ), made AS (
    INSERT INTO chats (user_id, title)
    SELECT $1, $3 FROM recent WHERE $2::bigint IS NULL AND questions < $5
    RETURNING id
  ), kept AS (
    INSERT INTO messages (chat_id, user_id, role, text)
    SELECT chat.id, $1, 'user', $4
    FROM (SELECT id FROM own UNION ALL SELECT id FROM made) AS chat, recent
    WHERE questions < $5
    RETURNING chat_id
  )
  SELECT questions, (SELECT chat_id FROM kept) AS chat FROM recent`;

const titleOf = (text) => [...text].slice(0, 40).join('');

// Gives the id of the chat.
export async function keepQuestion(user, chat, text) {
  const [kept] = await write(KEEP_QUESTION, [user.id, chat, titleOf(text), text, most.questionsPerMinute]);
  if (kept.questions >= most.questionsPerMinute) {
    throw new HttpError(429, 'so many questions, please wait a minute', { retryAfter: 60 });
  }
  if (!kept.chat) throw new HttpError(404, 'no such chat');
  return kept.chat;
}

export function keepAnswer(user, chat, text) {
  return write(
    "INSERT INTO messages (chat_id, user_id, role, text) VALUES ($1, $2, 'assistant', $3)",
    [chat, user.id, text],
  );
}

// The end of the chat, oldest first: what the model is told.
export async function lastMessages(chat) {
  const rows = await read(
    'SELECT role, text FROM messages WHERE chat_id = $1 ORDER BY id DESC LIMIT $2',
    [chat, most.messagesToModel],
  );
  return rows.reverse();
}
