import { most } from '../config.js';
import { read, write } from './database.js';
import { HttpError } from './errors.js';
import { hash, matches } from './passwords.js';

async function find(name) {
  const [user] = await read(
    `SELECT id, name, password,
            wrong_passwords >= $2 AND wrong_password_at > now() - interval '1 minute' AS locked
     FROM users WHERE name = $1`,
    [name, most.wrongPasswords],
  );
  return user;
}

// undefined where the name was taken in the meantime
async function join(name, password) {
  const [user] = await write(
    'INSERT INTO users (name, password) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING RETURNING id, name',
    [name, await hash(password)],
  );
  return user;
}

// Guessing is limited per account, in the database, so that the limit holds over all workers and instances.
function countWrongPassword(user) {
  return write(
    `UPDATE users SET wrong_password_at = now(), wrong_passwords =
       CASE WHEN wrong_password_at > now() - interval '1 minute' THEN wrong_passwords + 1 ELSE 1 END
     WHERE id = $1`,
    [user.id],
  );
}

// The user of that name, made when the name is new.
export async function enter(name, password) {
  let user = await find(name);
  if (!user) {
    const joined = await join(name, password);
    if (joined) return joined;
    user = await find(name);
  }
  if (user.locked) throw new HttpError(429, 'too many wrong passwords, please wait a minute', { retryAfter: 60 });
  if (!(await matches(password, user.password))) {
    await countWrongPassword(user);
    throw new HttpError(403, 'wrong password');
  }
  return user;
}
