import { createHash, createHmac, randomBytes } from 'node:crypto';
import { times } from '../config.js';
import { read, write } from './database.js';
import { HttpError } from './errors.js';

const COOKIE = 'sid';
const digest = (token) => createHash('sha256').update(token).digest();

// Only who knows both the token and the password can make it. Whoever logs in again with a session of their own need
// not pay for scrypt once more; from what the database holds neither can be guessed, as the token is not in it.
const prove = (token, password) => createHmac('sha256', token).update(password).digest();

function tokenOf(req) {
  const token = req.cookies[COOKIE];
  return typeof token === 'string' && token.length < 100 ? token : '';
}

export async function begin(req, res, user, password) {
  const token = randomBytes(32).toString('base64url');
  await write(
    `INSERT INTO sessions (token, proof, user_id, expires_at)
     VALUES ($1, $2, $3, now() + $4 * interval '1 millisecond')`,
    [digest(token), prove(token, password), user.id, times.session],
  );
  res.cookie(COOKIE, token, { httpOnly: true, sameSite: 'strict', secure: req.secure, maxAge: times.session });
}

// The user, if the browser has a session of that name that was begun with that password and lasts another day.
export async function resume(req, name, password) {
  const token = tokenOf(req);
  if (!token) return undefined;
  const [user] = await read(
    `SELECT users.id, users.name FROM sessions JOIN users ON users.id = sessions.user_id
     WHERE token = $1 AND proof = $2 AND name = $3 AND expires_at > now() + interval '1 day'`,
    [digest(token), prove(token, password), name],
  );
  return user;
}

// Middleware: only for those who are logged in.
export async function loggedIn(req, res, next) {
  const token = tokenOf(req);
  const [user] = token ? await read(
    `SELECT users.id, users.name FROM sessions JOIN users ON users.id = sessions.user_id
     WHERE token = $1 AND expires_at > now()`,
    [digest(token)],
  ) : [];
  if (!user) throw new HttpError(401, 'please log in');
  req.user = user;
  next();
}

export function removeExpired() {
  return write(
    'DELETE FROM sessions WHERE token IN (SELECT token FROM sessions WHERE expires_at < now() LIMIT 1000)',
  );
}
